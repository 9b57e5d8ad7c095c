// Arrow keys go from picture to picture, Escape leads back; without scripts the links do.
addEventListener("keydown", (event) => {
  const shown = document.querySelector("figure:target");
  if (!shown) return;
  const way = { ArrowRight: "next", ArrowLeft: "prev", Escape: "up" }[event.key];
  const link = way && shown.querySelector(`a[rel=${way}]`);
  if (!link) return;
  event.preventDefault();
  link.click();
  const now = document.querySelector("figure:target") || shown;
  now.querySelector("a.open").focus();
});
