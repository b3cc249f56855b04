// Keeps what a reader predicted in this browser, so that it is still there tomorrow. The page works without it.
for (const prediction of document.querySelectorAll("fieldset.prediction")) {
  const key = "prediction:" + prediction.dataset.prediction;
  try {
    const kept = prediction.querySelector(`input[value="${CSS.escape(localStorage.getItem(key) ?? "")}"]`);
    if (kept) kept.checked = true;
    prediction.addEventListener("change", (event) => localStorage.setItem(key, event.target.value));
  } catch {
    break; // a browser that keeps nothing
  }
}
