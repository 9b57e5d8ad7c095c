// Who is there, who came and went, told by the server as it happens.
const list = document.getElementById("events");
const there = document.getElementById("there");
const present = new Map();
const show = () => {
  const names = [...present.values()];
  there.textContent = names.length
    ? fill(words.there, { who: names.join(", ") }) : words.nobody;
};
const line = (event) => {
  const item = document.createElement("li");
  const to = event.to === null ? null : event.to.toFixed(1);
  const said = { arrived: words.arrived, named: words.named, left: words.left }[event.event];
  item.textContent = fill(said, { who: event.who, from: event.from.toFixed(1), to });
  list.prepend(item);
  while (list.children.length > 200) list.lastChild.remove();
};
const source = new EventSource("events");
for (const kind of ["arrived", "named", "left"]) {
  source.addEventListener(kind, (message) => {
    const event = JSON.parse(message.data);
    if (kind === "left") present.delete(event.track);
    else present.set(event.track, event.who);
    line(event);
    show();
  });
}
source.addEventListener("present", (message) => {
  present.clear();
  for (const event of JSON.parse(message.data)) present.set(event.track, event.who);
  show();
});
source.addEventListener("end", () => {
  source.close();
  there.textContent = words.over;
});
