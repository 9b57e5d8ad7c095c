// Who came and went, asked for once a second.
const list = document.getElementById("events");
async function look() {
  const events = await (await fetch("events")).json();
  list.replaceChildren(...events.reverse().map((event) => {
    const line = document.createElement("li");
    line.textContent = fill(words.line, {
      who: event.who, from: event.from.toFixed(1), to: event.to.toFixed(1),
    });
    return line;
  }));
}
setInterval(() => look().catch(() => {}), 1000);
