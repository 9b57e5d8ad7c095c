// A map of pictures: `space` holds places, names and neighbors, `words` what is said, #sprite all thumbnails.
{
  const canvas = document.getElementById("space");
  const near = document.getElementById("near");
  const legend = document.getElementById("legend");
  const sprite = document.getElementById("sprite");
  const draw = canvas.getContext("2d");
  const hidden = new Set();
  let scale = 1, left = 0, top = 0, chosen = -1, pressed = null, moved = false;

  const side = () => Math.min(canvas.clientWidth, canvas.clientHeight);
  const place = (i) => {
    const [x, y] = space.points[i], room = side() - 60;
    return [
      (x * room + 30 + (canvas.clientWidth - side()) / 2) * scale + left,
      (y * room + 30 + (canvas.clientHeight - side()) / 2) * scale + top,
    ];
  };
  const shown = () => space.points.map((_, i) => i).filter((i) => !hidden.has(space.labels[i]));
  // thumbnails grow slower than the map, so that zooming makes room
  const size = () => Math.min(96, Math.max(8, (side() / Math.sqrt(space.points.length)) * 0.42
    * Math.sqrt(scale)));
  const thumb = (to, i, x, y, w) => to.drawImage(sprite, (i % space.columns) * space.side,
    Math.floor(i / space.columns) * space.side, space.side, space.side, x, y, w, w);

  function paint() {
    const sharp = devicePixelRatio || 1;
    canvas.width = canvas.clientWidth * sharp;
    canvas.height = canvas.clientHeight * sharp;
    draw.setTransform(sharp, 0, 0, sharp, 0, 0);
    const w = size(), beside = new Set(chosen < 0 ? [] : space.near[chosen]);
    const order = shown().sort((a, b) => (beside.has(a) - beside.has(b)) || (a == chosen) - (b == chosen));
    for (const i of order) {
      const [x, y] = place(i), strong = i == chosen || beside.has(i);
      if (x < -w || y < -w || x > canvas.clientWidth + w || y > canvas.clientHeight + w) continue;
      const edge = strong ? 4 : Math.max(1.5, w / 16);
      draw.globalAlpha = chosen < 0 || strong ? 1 : 0.35;
      draw.fillStyle = space.colors[space.labels[i]];
      draw.fillRect(x - w / 2 - edge, y - w / 2 - edge, w + 2 * edge, w + 2 * edge);
      thumb(draw, i, x - w / 2, y - w / 2, w);
    }
    draw.globalAlpha = 1;
  }

  function zoom(by, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    const next = Math.min(60, Math.max(0.5, scale * by));
    left = x - ((x - left) * next) / scale;
    top = y - ((y - top) * next) / scale;
    scale = next;
    paint();
  }

  function at(x, y) {
    const w = size() / 2 + 3;
    return shown().reverse().find((i) => {
      const [px, py] = place(i);
      return Math.abs(px - x) <= w && Math.abs(py - y) <= w;
    }) ?? -1;
  }

  function figure(i, head) {
    const box = document.createElement("figure"), image = document.createElement("canvas");
    const caption = document.createElement("figcaption"), name = document.createElement("b");
    image.width = image.height = space.side;
    thumb(image.getContext("2d"), i, 0, 0, space.side);
    name.textContent = head;
    caption.append(name, ` ${space.classes[space.labels[i]]} `);
    const file = document.createElement("span");
    file.className = "file";
    file.textContent = space.names[i];
    caption.append(file);
    box.append(image, caption);
    return box;
  }

  function choose(i) {
    chosen = i;
    near.replaceChildren();
    if (i >= 0) {
      near.append(figure(i, words.chosen));
      space.near[i].forEach((other, rank) => near.append(figure(other, `${rank + 1}.`)));
    }
    paint();
  }

  if (space.classes.length > 1) {
    space.classes.forEach((name, label) => {
      const button = document.createElement("button"), dot = document.createElement("i");
      dot.style.background = space.colors[label];
      button.append(dot, name);
      button.setAttribute("aria-pressed", "true");
      button.onclick = () => {
        hidden.has(label) ? hidden.delete(label) : hidden.add(label);
        button.setAttribute("aria-pressed", String(!hidden.has(label)));
        paint();
      };
      legend.append(button);
    });
  }
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, event.offsetX, event.offsetY);
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    pressed = [event.offsetX - left, event.offsetY - top];
    moved = false;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!pressed) {
      const i = at(event.offsetX, event.offsetY);
      canvas.title = i < 0 ? "" : `${space.classes[space.labels[i]]} ${space.names[i]}`;
      return;
    }
    const [x, y] = [event.offsetX - pressed[0], event.offsetY - pressed[1]];
    moved = moved || Math.hypot(x - left, y - top) > 3;
    if (moved) [left, top] = [x, y];
    paint();
  });
  canvas.addEventListener("pointerup", (event) => {
    if (pressed && !moved) choose(at(event.offsetX, event.offsetY));
    pressed = null;
  });
  canvas.addEventListener("keydown", (event) => {
    const ways = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
    if (ways[event.key]) {
      left += ways[event.key][0];
      top += ways[event.key][1];
      paint();
    } else if (event.key == "+" || event.key == "=") zoom(1.3);
    else if (event.key == "-") zoom(1 / 1.3);
    else if (event.key == "0") [scale, left, top] = [1, 0, 0], paint();
    else if (event.key == "Escape") choose(-1);
    else return;
    event.preventDefault();
  });
  addEventListener("resize", paint);
  sprite.decode().then(paint);
}
