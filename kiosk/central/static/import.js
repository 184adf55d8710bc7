"use strict";
// Sending an archive, or a folder as one, piece by piece, so that a lost connection costs a piece; and watching a job.

const PIECE = 4 * 1024 * 1024;
const TRIES = 8;
const FILES_MOST = 65535;
const BYTES_MOST = 4 * 1024 * 1024 * 1024 - 1;
const TABLE = Array.from({ length: 256 }, (_, number) => {
  let rest = number;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest >>> 0;
});

function checksum(bytes) {
  let rest = 0xffffffff;
  for (const byte of bytes) rest = TABLE[(rest ^ byte) & 255] ^ (rest >>> 8);
  return (rest ^ 0xffffffff) >>> 0;
}

// The two headers that ZIP has for a file which is stored as it is: before its bytes, and in the directory.
function headersOf(name, sum, size, offset) {
  const both = [new DataView(new ArrayBuffer(30 + name.length)), new DataView(new ArrayBuffer(46 + name.length))];
  both.forEach((view, which) => {
    const at = which ? 2 : 0;
    view.setUint32(0, which ? 0x02014b50 : 0x04034b50, true);
    if (which) view.setUint16(4, 20, true);
    view.setUint16(4 + at, 20, true);
    view.setUint16(6 + at, 0x0800, true);
    view.setUint16(12 + at, 33, true);
    view.setUint32(14 + at, sum, true);
    view.setUint32(18 + at, size, true);
    view.setUint32(22 + at, size, true);
    view.setUint16(26 + at, name.length, true);
    if (which) view.setUint32(42, offset, true);
    new Uint8Array(view.buffer).set(name, which ? 46 : 30);
  });
  return both.map((view) => view.buffer);
}

async function archiveOf(files, told) {
  const parts = [], directory = [];
  let offset = 0, length = 0;
  for (const [index, file] of files.entries()) {
    const name = new TextEncoder().encode(file.webkitRelativePath || file.name);
    const sum = checksum(new Uint8Array(await file.arrayBuffer()));
    const [before, entry] = headersOf(name, sum, file.size, offset);
    parts.push(before, file);
    directory.push(entry);
    offset += before.byteLength + file.size;
    length += entry.byteLength;
    if (index % 50 === 0) told(`Reading ${index + 1} of ${files.length} files`);
  }
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, files.length, true);
  end.setUint16(10, files.length, true);
  end.setUint32(12, length, true);
  end.setUint32(16, offset, true);
  return new Blob([...parts, ...directory, end.buffer]);
}

async function asked(address, csrf, method, body, type = "application/json") {
  const answer = await fetch(address, { method, body, headers: { "X-CSRF-Token": csrf, "Content-Type": type } });
  const said = answer.status === 204 ? {} : await answer.json();
  return { ok: answer.ok, status: answer.status, said };
}

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

// Where a piece does not get through, the server is asked how much it has.
async function sent(archive, csrf, told) {
  const begun = await asked("/v1/uploads", csrf, "POST", JSON.stringify({ size: archive.size }));
  if (!begun.ok) throw new Error(begun.said.message);
  const address = `/v1/uploads/${begun.said.id}`;
  let offset = 0, failed = 0;
  while (offset < archive.size) {
    try {
      const piece = archive.slice(offset, offset + PIECE);
      const done = await asked(`${address}?offset=${offset}`, csrf, "PATCH", piece, "application/octet-stream");
      if (!done.ok && done.status !== 409 && done.status < 500) throw Object.assign(new Error(done.said.message), { final: true });
      if (!done.ok) throw new Error(done.said.message);
      [offset, failed] = [done.said.offset, 0];
    } catch (error) {
      failed += 1;
      if (error.final || failed > TRIES) throw error;
      told("The connection was lost; it goes on in a moment.", offset / archive.size);
      await pause(Math.min(2 ** failed, 20));
      const there = await asked(address, csrf, "GET").catch(() => null);
      if (there && there.ok) offset = there.said.offset;
    }
    told(`${(offset / 1e6).toFixed(1)} of ${(archive.size / 1e6).toFixed(1)} MB`, offset / archive.size);
  }
  return begun.said.id;
}

function prepareImport(form) {
  const box = document.getElementById("sending");
  const [bar, words] = [box.querySelector("progress"), box.querySelector("[data-said]")];
  const told = (sentence, share) => {
    words.textContent = sentence;
    if (share !== undefined) bar.value = share;
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const folder = Array.from(form.folder.files);
    box.classList.remove("hidden");
    if (!form.archive.files.length && !folder.length) { told("Choose an archive or a folder first."); return; }
    if (folder.length > FILES_MOST || folder.reduce((sum, file) => sum + file.size, 0) > BYTES_MOST) {
      told("That folder is too large to be sent as one; make a ZIP archive of it.");
      return;
    }
    const buttons = form.querySelectorAll("button");
    buttons.forEach((button) => { button.disabled = true; });
    try {
      const archive = form.archive.files[0] || await archiveOf(folder, told);
      const { csrf, text, language } = form.dataset;
      const upload = await sent(archive, csrf, told);
      const consent = { text_version: text, language, given_utc: new Date().toISOString() };
      const wanted = {
        upload, consent, dry_run: event.submitter.value === "yes",
        keep_pictures: form.keep.checked, existing: form.existing.value,
      };
      const job = await asked("/v1/jobs/enrol-archive", csrf, "POST", JSON.stringify(wanted));
      if (!job.ok) throw new Error(job.said.message);
      location.href = `/jobs/${job.said.id}`;
    } catch (error) {
      told(error.message || "That did not work; try again.");
      buttons.forEach((button) => { button.disabled = false; });
    }
  });
}

function prepareLive(card) {
  const [bar, words] = [card.querySelector("progress"), card.querySelector("[data-said]")];
  const source = new EventSource(card.dataset.progress);
  source.addEventListener("job", (event) => {
    const job = JSON.parse(event.data);
    if (["done", "failed", "cancelled", "undone"].includes(job.state)) {
      source.close();
      location.reload();
      return;
    }
    bar.max = job.total || 1;
    bar.value = job.done;
    if (job.total) words.textContent = `${job.done.toLocaleString("en")} of ${job.total.toLocaleString("en")} files`;
  });
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("#import").forEach(prepareImport);
  document.querySelectorAll("[data-progress]").forEach(prepareLive);
});
