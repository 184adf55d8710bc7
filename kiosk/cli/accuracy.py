"""The figures of `kiosk evaluate` as JSON and as text."""

from collections.abc import Sequence

from kiosk.cli.odds import one_in
from kiosk.domain.scores import ScoreTable
from kiosk.evaluation.calibration import Calibration
from kiosk.evaluation.detection import OVERLAP, Detection
from kiosk.evaluation.manifest_table import table_text
from kiosk.evaluation.peers import PeerName
from kiosk.evaluation.verification import Rate, Verification

HEADLINE_FMR = 1e-3


def verification_fields(found: Sequence[Verification]) -> dict[str, object]:
    """Ours first, then the peers; the ratio is that of the FNMRs at FMR 1e-3."""
    ours, *others = found
    peers = {peer.name: _figures(peer) for peer in others}
    ratios = {peer.name: _ratio(ours, peer) for peer in others}
    fields = {
        "pairs": ours.pairs,
        "pictures": ours.pictures,
        **_figures(ours),
        "peers": peers,
        "fnmr_ratio_to_face_recognition": ratios.get(PeerName.FACE_RECOGNITION.value),
    }
    if not others:
        fields["peers_note"] = "not measured; add --peers"
    return fields


def _figures(one: Verification) -> dict[str, object]:
    return {
        "accuracy": round(one.accuracy.mean, 5),
        "accuracy_spread": round(one.accuracy.spread, 5),
        "accuracy_of_folds": [round(share, 5) for share in one.accuracy.folds],
        "pictures_without_face": one.faceless,
        "pairs_without_face": one.pairs_faceless,
        "genuine_pairs": len(one.genuine),
        "impostor_pairs": len(one.impostors),
        "fnmr_at_fmr": _by_fmr(one.rates),
        "threshold_at_fmr": {_key(rate): round(rate.threshold, 5) for rate in one.rates},
        "fnmr_at_fmr_in_pairs": _by_fmr(one.rates_in_pairs),
    }


def _by_fmr(rates: Sequence[Rate]) -> dict[str, float]:
    return {_key(rate): round(rate.fnmr, 5) for rate in rates}


def _key(rate: Rate) -> str:
    """1e-3, as people write it."""
    return f"{rate.fmr:.0e}".replace("e-0", "e-")


def _ratio(ours: Verification, peer: Verification) -> float | None:
    our, their = (next((r.fnmr for r in one.rates if r.fmr == HEADLINE_FMR), None) for one in (ours, peer))
    return round(our / their, 4) if our is not None and their else None


def verification_text(found: Sequence[Verification]) -> str:
    """A line of accuracy and a table of the rates for everyone measured."""
    lines = []
    for one in found:
        accuracy = f"{one.accuracy.mean:.2%} ± {one.accuracy.spread:.2%}"
        lines.append(f"{one.name}: accuracy {accuracy} on {one.pairs:,} pairs; {one.pairs_faceless} without a face.")
        lines.append(
            f"  same person missed, of {len(one.genuine):,}, where impostors pass (of {len(one.impostors):,}):"
        )
        lines += [f"    {rate.fnmr:7.2%}  at {one_in(rate.fmr)}" for rate in one.rates]
    for peer in found[1:]:
        ratio = _ratio(found[0], peer)
        if ratio is not None:
            lines.append(f"Missed at {one_in(HEADLINE_FMR)}: {ratio:.2f} times as many as {peer.name}.")
    return "\n".join(lines)


def detection_fields(found: Detection) -> dict[str, object]:
    """The figures at the detector's own threshold, and the area under the curve."""
    return {
        "pictures": found.pictures,
        "faces": found.faces,
        "found": found.found,
        "missed": found.faces - found.found,
        "false_alarms": found.false_alarms,
        "recall": round(found.recall, 5),
        "precision": round(found.precision, 5),
        "average_precision": round(found.average_precision, 5),
        "overlap_needed": OVERLAP,
    }


def detection_text(found: Detection) -> str:
    """Two sentences."""
    return (
        f"{found.found} of {found.faces} faces found in {found.pictures} pictures ({found.recall:.1%}), "
        f"{found.false_alarms} boxes that are no face (precision {found.precision:.1%}).\n"
        f"Average precision {found.average_precision:.3f} at an overlap of {OVERLAP} or more."
    )


def scores_fields(found: Calibration, written: Sequence[str]) -> dict[str, object]:
    """Both tables, what they rest on, and which of them went into the manifest."""
    return {
        "people": found.people,
        "pictures": found.pictures,
        "score_table": _table_fields(found.photographs) | {"pairs": found.photograph_pairs},
        "gallery_table": _table_fields(found.templates) | {"pairs": found.template_pairs},
        "written": list(written),
    }


def scores_text(found: Calibration, written: Sequence[str]) -> str:
    """Both tables as the manifest has them."""
    lines = [f"{found.pictures:,} pictures of {found.people:,} people."]
    lines.append(f"Photograph and photograph, {found.photograph_pairs:,} pairs of strangers:")
    lines.append(table_text(found.photographs))
    lines.append(f"Template and photograph, {found.template_pairs:,} pairs of strangers:")
    lines.append(table_text(found.templates))
    return "\n".join(lines) + (f"Written: {', '.join(written)}." if written else "")


def _table_fields(table: ScoreTable) -> dict[str, object]:
    return {"fmr": list(table.fmr), "score": [round(score, 5) for score in table.score]}
