// Exchanges the one-time ticket of a fresh sign-in for the session's cookie, which no script can read.
(() => {
  const script = document.currentScript || document.querySelector("script[data-ticket]");
  const ticket = script && script.dataset.ticket;
  if (!ticket) return;
  fetch("/auth/ticket", {
    method: "POST",
    credentials: "same-origin",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ticket }),
  });
})();
