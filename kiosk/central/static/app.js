"use strict";
// What the pages need beyond htmx: photographs that are dropped, chosen or taken, the one-time link, and live events.

function previewOf(file) {
  const frame = document.createElement("div");
  frame.className = "preview";
  const picture = document.createElement("img");
  picture.alt = "";
  picture.src = URL.createObjectURL(file);
  picture.onload = () => URL.revokeObjectURL(picture.src);
  frame.append(picture);
  return frame;
}

function showPreviews(input) {
  const place = document.getElementById(input.dataset.previews);
  if (place) place.replaceChildren(...Array.from(input.files, previewOf));
}

function addFiles(input, files) {
  const kept = new DataTransfer();
  if (input.multiple) Array.from(input.files).forEach((file) => kept.items.add(file));
  Array.from(files).slice(0, input.multiple ? 10 : 1).forEach((file) => kept.items.add(file));
  input.files = kept.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function prepareDrop(area) {
  const input = area.querySelector("input[type=file]");
  area.addEventListener("dragover", (event) => { event.preventDefault(); area.classList.add("over"); });
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    addFiles(input, event.dataTransfer.files);
  });
  input.addEventListener("change", () => showPreviews(input));
}

async function prepareCamera(box) {
  const start = box.querySelector("[data-camera=start]"), shoot = box.querySelector("[data-camera=shoot]");
  const video = box.querySelector("video"), said = box.querySelector("[data-camera=said]");
  const input = document.getElementById(box.dataset.input);
  if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) { box.classList.add("hidden"); return; }
  start.addEventListener("click", async () => {
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720 } });
    } catch (error) {
      said.textContent = "The camera can't be used: allow it in the browser, or choose a photograph.";
      return;
    }
    video.classList.remove("hidden");
    shoot.classList.remove("hidden");
    start.classList.add("hidden");
    await video.play();
  });
  shoot.addEventListener("click", () => {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => addFiles(input, [new File([blob], "camera.jpg", { type: "image/jpeg" })]), "image/jpeg", 0.92);
  });
}

// The secret of a one-time link stands behind the #, which no browser sends to a server.
async function prepareWelcome(form) {
  const said = document.getElementById("welcome-said");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [password, again] = [form.password.value, form.again.value];
    if (password !== again) { say(said, "The two passwords differ."); return; }
    const answer = await fetch("/v1/welcome", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ secret: location.hash.slice(1), password }),
    });
    if (answer.ok) { location.href = "/sign-in"; return; }
    say(said, (await answer.json()).message);
  });
}

// Events as they come: the stream says that there are some, and their rows are fetched as the server draws them.
const ROWS_MOST = 300;

function prepareLive(section) {
  const rows = section.querySelector("tbody"), said = section.querySelector("[data-live-said]");
  const pause = section.querySelector("[data-live-pause]"), none = section.querySelector("[data-live-none]");
  if (!said) return;
  let source = null, last = section.dataset.last, waiting = null, isLoading = false;

  async function load() {
    waiting = null;
    if (isLoading) { waiting = setTimeout(load, 300); return; }
    isLoading = true;
    try {
      const answer = await fetch(`/events/rows?after=${last}&${section.dataset.live}`, { headers: { "HX-Request": "true" } });
      if (answer.ok) show(await answer.text());
    } catch (error) {
      said.textContent = "The server can't be reached; trying again.";
    } finally {
      isLoading = false;
    }
  }
  function show(text) {
    const holder = document.createElement("template");
    holder.innerHTML = text;
    const found = holder.content.querySelectorAll("tr");
    if (!found.length) return;
    last = found[0].dataset.position;
    waiting = waiting || setTimeout(load, 300);  // there may be more than one answer holds
    found.forEach((row) => row.classList.add("fresh"));
    rows.prepend(holder.content);
    none.classList.add("hidden");
    while (rows.rows.length > ROWS_MOST) rows.lastElementChild.remove();
    said.textContent = found.length === 1 ? "Live. One new event." : `Live. ${found.length} new events.`;
  }
  function listen() {
    source = new EventSource(`/v1/events/live?after=${last}&${section.dataset.live}`);
    source.onopen = () => { said.textContent = "Live."; };
    source.onmessage = () => { waiting = waiting || setTimeout(load, 300); };
    source.onerror = () => {
      const isOver = source.readyState === EventSource.CLOSED;
      said.textContent = isOver ? "Not live any more; load this page again." : "The server can't be reached; trying again.";
    };
  }
  function stop() {
    source.close();
    clearTimeout(waiting);
    waiting = null;
    said.textContent = "Paused.";
  }
  pause.addEventListener("click", () => {
    const isPaused = pause.getAttribute("aria-pressed") !== "true";
    pause.setAttribute("aria-pressed", String(isPaused));
    if (isPaused) stop(); else listen();
  });
  window.addEventListener("pagehide", () => source.close());
  listen();
}

function say(place, sentence) {
  place.textContent = sentence;
  place.classList.remove("hidden");
}

function prepare(root) {
  root.querySelectorAll("[data-drop]").forEach(prepareDrop);
  root.querySelectorAll("[data-input]").forEach(prepareCamera);
  root.querySelectorAll("[data-live]").forEach(prepareLive);
  root.querySelectorAll("#welcome").forEach(prepareWelcome);
  root.querySelectorAll("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));
  root.querySelectorAll("form[data-confirm]").forEach((form) =>
    form.addEventListener("submit", (event) => { if (!window.confirm(form.dataset.confirm)) event.preventDefault(); }));
  root.querySelectorAll("[data-overlay]").forEach((overlay) => {
    const place = document.querySelector(`#${overlay.dataset.overlay} .preview`);
    if (place) { place.querySelectorAll("svg").forEach((old) => old.remove()); place.append(overlay); overlay.classList.remove("hidden"); }
  });
}

document.addEventListener("DOMContentLoaded", () => prepare(document));
document.addEventListener("htmx:afterSwap", (event) => prepare(event.detail.target));
// What follows from a click is read out, wherever it was put.
document.addEventListener("htmx:load", (event) => event.detail.elt.querySelectorAll("[data-focus]").forEach((place) => place.focus()));
// An answer that says no is shown where the yes would have been.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status >= 400) { event.detail.shouldSwap = true; event.detail.isError = false; }
});
