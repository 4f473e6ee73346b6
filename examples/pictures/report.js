// The report's two movements: the sliders, and what a bar of the timeline says when pointed at.
// Without script the page still shows half photograph, half edges, and the browser's own tooltips.
"use strict";
for (const slider of document.querySelectorAll(".compare input")) {
  const show = () => slider.parentNode.style.setProperty("--at", slider.value + "%");
  slider.addEventListener("input", show);
  slider.addEventListener("pointermove", (event) => {
    if (event.pointerType !== "mouse" || event.buttons !== 1) return;
    const box = slider.getBoundingClientRect();
    slider.value = Math.round(((event.clientX - box.left) / box.width) * 100);
    show();
  });
  show();
}
const tip = document.getElementById("tip");
for (const drawing of document.querySelectorAll(".timeline")) {
  drawing.addEventListener("pointermove", (event) => {
    const bar = event.target.closest("rect");
    tip.hidden = !bar;
    if (!bar) return;
    const title = bar.querySelector("title");
    if (title) {
      bar.dataset.says = title.textContent;
      title.remove(); // ours shows at once; the browser's own would come on top of it
    }
    tip.textContent = bar.dataset.says;
    tip.style.left = Math.min(event.clientX + 14, innerWidth - 350) + "px";
    tip.style.top = event.clientY + 16 + "px";
  });
  drawing.addEventListener("pointerleave", () => (tip.hidden = true));
}
