// The drawing pad in the browser: draws with mouse, finger, pen or keys, sends the picture to
// Python while it grows, and shows what the network answers. Python's half is drawing.py.

const SIDE = 280; // pixels of the canvas, and of the picture that is sent
const PEN = 30; // width of a stroke: 3 of the pixels of MNIST, for a digit that fills the canvas
const STEP = 10; // pixels that an arrow key moves the pen

const HTML = `
  <figure>
    <figcaption>Draw a digit</figcaption>
    <div class="dl101-paper" data-lm-suppress-shortcuts="true">
      <canvas class="dl101-canvas" width="${SIDE}" height="${SIDE}" tabindex="0" role="application"
        aria-label="Drawing canvas. Arrow keys move the pen, the space bar puts it down or lifts it."
      ></canvas>
      <div class="dl101-pen" hidden></div>
    </div>
    <button class="dl101-clear" type="button">Clear</button>
    <small>or with the keyboard: arrow keys move the pen, space puts it down and lifts it</small>
  </figure>
  <figure>
    <figcaption>What the network receives</figcaption>
    <canvas class="dl101-received" width="28" height="28" role="img"
      aria-label="The drawing, centred, in 28 x 28 pixels"></canvas>
  </figure>
  <figure>
    <figcaption>Its probabilities</figcaption>
    <div class="dl101-bars"></div>
    <p class="dl101-verdict" aria-live="polite"></p>
  </figure>`;

/** The bytes of a trait, which arrive as a DataView. */
function bytesOf(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Show grey levels (0 paper, 255 ink) on a canvas of as many pixels. */
function showInk(canvas, ink) {
  const context = canvas.getContext("2d");
  const picture = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < canvas.width * canvas.height; i++) {
    picture.data.fill(255 - (ink[i] ?? 0), 4 * i, 4 * i + 3);
    picture.data[4 * i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
}

function render({ model, el }) {
  const pad = document.createElement("div");
  pad.className = "dl101-pad";
  pad.innerHTML = HTML;
  el.append(pad);
  const find = (name) => pad.querySelector(`.dl101-${name}`);
  const canvas = find("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const bars = Array.from({ length: 10 }, (_, digit) => {
    const row = document.createElement("div");
    row.innerHTML = `<b>${digit}</b><span><i></i></span><output></output>`;
    find("bars").append(row);
    return row;
  });

  // One picture is under way at a time: a slow kernel gets the newest, not a queue of old ones.
  let underWay = false;
  let changed = false;

  function send() {
    changed = true;
    if (underWay) return;
    changed = false;
    const pixels = context.getImageData(0, 0, SIDE, SIDE).data;
    const ink = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => 255 - pixels[4 * i]);
    const known = bytesOf(model.get("drawing"));
    if (ink.every((value, i) => value === known[i])) return; // Python would not answer
    underWay = true;
    model.set("drawing", new DataView(ink.buffer));
    model.save_changes();
  }

  function show() {
    const probabilities = model.get("probabilities");
    const best = probabilities.indexOf(Math.max(...probabilities));
    bars.forEach((row, digit) => {
      const percent = 100 * (probabilities[digit] ?? 0);
      row.className = digit === best ? "dl101-best" : "";
      row.querySelector("i").style.width = `${percent}%`;
      row.querySelector("output").textContent = probabilities.length ? `${percent.toFixed(0)} %` : "";
    });
    const trouble = model.get("trouble");
    let verdict = "The paper is empty.";
    if (trouble) verdict = `The network could not answer. ${trouble}`;
    else if (probabilities.length)
      verdict = `It reads a ${best}. One prediction: ${model.get("milliseconds").toFixed(1)} ms`;
    find("verdict").textContent = verdict;
    showInk(find("received"), bytesOf(model.get("received")));
  }

  function answered() {
    underWay = false;
    show();
    if (changed) send();
  }

  function stroke(from, to) {
    context.lineWidth = PEN;
    context.lineCap = "round";
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
    send();
  }

  // Mouse, finger and pen.
  let last = null;
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) * SIDE) / box.width,
      y: ((event.clientY - box.top) * SIDE) / box.height,
    };
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    last = place(event);
    stroke(last, last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (last === null) return;
    // The browser bundles fast movements; without the single ones a curve becomes a polygon.
    const moves = event.getCoalescedEvents?.() ?? [];
    for (const move of moves.length ? moves : [event]) {
      const next = place(move);
      stroke(last, next);
      last = next;
    }
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => (last = null));
  }

  // Keys.
  const pen = { x: SIDE / 2, y: SIDE / 4, down: false };
  function showPen() {
    const mark = find("pen");
    mark.hidden = false;
    mark.style.left = `${(100 * pen.x) / SIDE}%`;
    mark.style.top = `${(100 * pen.y) / SIDE}%`;
    mark.classList.toggle("dl101-down", pen.down);
  }
  canvas.addEventListener("keydown", (event) => {
    const [right, down] = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
      " ": [0, 0],
    }[event.key] ?? [null, null];
    if (right === null) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === " ") pen.down = !pen.down;
    const from = { ...pen };
    pen.x = Math.min(Math.max(pen.x + STEP * right, 0), SIDE);
    pen.y = Math.min(Math.max(pen.y + STEP * down, 0), SIDE);
    if (pen.down) stroke(from, pen);
    showPen();
  });
  canvas.addEventListener("blur", () => {
    find("pen").hidden = true;
    pen.down = false;
  });

  find("clear").addEventListener("click", () => {
    showInk(canvas, []);
    send();
  });

  showInk(canvas, bytesOf(model.get("drawing")));
  show();
  model.on("change:answered", answered);
  return () => model.off("change:answered", answered);
}

export default { render };
