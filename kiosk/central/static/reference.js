"use strict";
// Shows the API's description by whichever of the two the page has loaded. Nothing is asked of other servers.

document.addEventListener("DOMContentLoaded", () => {
  if (document.getElementById("swagger")) {
    window.SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger", deepLinking: true, validatorUrl: null });
  }
  const place = document.getElementById("redoc");
  if (place) window.Redoc.init("/openapi.json", { disableSearch: true, hideLoading: true }, place);
});
