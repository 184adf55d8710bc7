"""What every command takes: `--json`, `--store DIR` and `--config F`, before or after its name."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click

P = ParamSpec("P")
NOTHING_ASKED = 2
_KEY = "kiosk.cli.shared"


@dataclass(frozen=True, slots=True)
class Shared:
    """The choices that hold for any command."""

    json: bool = False
    store: Path | None = None
    config: Path | None = None


def with_shared(command: Callable[Concatenate[Shared, P], int]) -> Callable[P, int]:
    """Hand the shared choices to the command as its first argument."""

    @wraps(command)
    def inner(*args: P.args, **kwargs: P.kwargs) -> int:
        return command(_given(click.get_current_context()), *args, **kwargs)

    return inner


class Command(click.Command):
    """A command that takes the shared options."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - handed on to click as they are
        super().__init__(*args, **kwargs)
        self.params += _options()


class Group(click.Group):
    """A group of such commands, which takes the shared options too."""

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - handed on to click as they are
        super().__init__(*args, **kwargs)
        self.params += _options()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it; without any argument, the help."""
        if not args:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(NOTHING_ASKED)
        return super().parse_args(ctx, args)


def _options() -> list[click.Parameter]:
    path = click.Path(path_type=Path)
    return [
        click.Option(
            ["--json"], is_flag=True, default=None, help="Print JSON.", callback=_remember, expose_value=False
        ),
        click.Option(
            ["--store"],
            type=path,
            metavar="DIR",
            help="Folder of the store [default: from the settings].",
            callback=_remember,
            expose_value=False,
        ),
        click.Option(
            ["--config"], type=path, metavar="F", help="Settings file.", callback=_remember, expose_value=False
        ),
    ]


def _remember(context: click.Context, option: click.Parameter, value: bool | Path | None) -> None:
    """Keep a choice where all commands of this run see it; what stands further right wins."""
    if value:
        context.meta[f"{_KEY}.{option.name}"] = value


def _given(context: click.Context) -> Shared:
    store, config = (context.meta.get(f"{_KEY}.{name}") for name in ("store", "config"))
    return Shared(bool(context.meta.get(f"{_KEY}.json")), store, config)
