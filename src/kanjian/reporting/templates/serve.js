// The page for people: pictures go to the server that the page came from, and nowhere else.
const by = id => document.getElementById(id);
const make = (tag, text, kind) => {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
};
const percent = share => (100 * share).toFixed(1) + " %";

async function ask(path, options = {}) {
  const headers = by("token").value ? { Authorization: "Bearer " + by("token").value } : {};
  const reply = await fetch(path, { ...options, headers });
  const said = await reply.json();
  if (reply.status === 401) by("token-row").hidden = false;
  if (!reply.ok) throw new Error(said.error);
  return said;
}

async function begin() {
  try {
    const { recognizers } = await ask("/recognizers");
    const chosen = by("which").value;
    by("which").replaceChildren(...recognizers.map(one => new Option(one.name)));
    if (chosen) by("which").value = chosen;
    by("state").textContent = recognizers.map(one => fill(words.classes, {
      name: one.name, n: one.classes.length,
      few: one.classes.slice(0, 12).join(", ") + (one.classes.length > 12 ? ", …" : ""),
    })).join(" · ");
    by("state").className = "";
    example();
    await routes();
  } catch (error) {
    by("state").textContent = error.message;
    by("state").className = "error";
  }
}

async function routes() {
  const { paths } = await ask("/openapi.json");
  by("routes").replaceChildren(...Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => {
      const row = make("tr");
      row.append(make("td", `${method.toUpperCase()} ${path}`), make("td", route.summary));
      row.title = route.description || "";
      return row;
    })));
}

function example() {
  const token = by("token-row").hidden ? "" : " -H 'Authorization: Bearer TOKEN'";
  const several = by("which").options.length > 1
    ? `?recognizer=${encodeURIComponent(by("which").value)}` : "";
  by("curl").textContent =
    `curl${token} -F a=@one.jpg -F b=@two.jpg '${location.origin}/predict${several}'\n` +
    `curl${token} --data-binary @one.jpg '${location.origin}/predict${several}'`;
}

function shown(file, answer) {
  const row = make("div", undefined, "prediction"), text = make("div");
  const picture = make("img");
  picture.alt = "";
  picture.src = URL.createObjectURL(file);
  picture.onload = () => URL.revokeObjectURL(picture.src);
  text.append(make("div", file.name, "file"));
  if (answer.error) text.append(make("div", answer.error, "error"));
  else {
    const confidence = percent(answer.probability);
    const said = fill(answer.known ? words.known : words.unknown, {
      label: answer.label, perhaps: answer.best_label, confidence,
    });
    text.append(make("div", said, "best"));
    for (const { label, probability } of answer.top) {
      const bar = make("div", undefined, "share"), room = make("span"), length = make("i");
      length.style.width = percent(probability).replace(" ", "");
      room.append(length);
      bar.append(make("span", label), room, make("span", percent(probability)));
      text.append(bar);
    }
  }
  row.append(picture, text);
  return row;
}

async function send(files) {
  for (const file of files) {
    const form = new FormData();
    form.append("picture", file);
    let answer;
    try {
      const name = encodeURIComponent(by("which").value);
      answer = (await ask(`/predict?recognizer=${name}`, { method: "POST", body: form })).answers[0];
    } catch (error) {
      answer = { error: error.message };
    }
    by("answers").prepend(shown(file, answer));
  }
}

by("files").onchange = event => send([...event.target.files]);
by("which").onchange = example;
by("token").onchange = begin;
by("drop").ondragover = event => { event.preventDefault(); by("drop").classList.add("over"); };
by("drop").ondragleave = () => by("drop").classList.remove("over");
by("drop").ondrop = event => {
  event.preventDefault();
  by("drop").classList.remove("over");
  send([...event.dataTransfer.files]);
};
begin();
