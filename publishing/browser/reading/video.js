// Plays a video in the page once the reader asks for it. Before that, and without this script, it is a plain link.
for (const link of document.querySelectorAll("a.video")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // a new tab or window
    event.preventDefault();
    const frame = document.createElement("iframe");
    frame.className = "video";
    frame.title = link.dataset.title;
    frame.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
    frame.referrerPolicy = "strict-origin-when-cross-origin"; // the player refuses to start without an origin
    frame.src = link.dataset.frame;
    link.replaceWith(frame);
    frame.focus();
  });
}
