// Shows what the server says, and nothing of its own: every text goes in as text, never as markup.
// The picture and whatever a pass says are let go as soon as the server shows something else.

const BEATS_MISSED_MS = 1500; // three beats; with the next look at the clock "out of order" stands within two seconds
const RETRY_MS = 500;
const FRAME_PAUSE_MS = 60;
const SCANNER_MS = 200; // a scanner types a character every 1 to 10 ms; a hand is slower from a letter to Enter
const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "⌫", "0"];
// [frequency, start, length] in Hz and seconds: each outcome has a rhythm and a direction of its own.
const TONES = {
  admit: ["sine", [660, 0, 0.12], [990, 0.14, 0.3]],
  refuse: ["square", [180, 0, 0.2], [180, 0.28, 0.2], [180, 0.56, 0.4]],
  check: ["triangle", [520, 0, 0.18], [520, 0.3, 0.18]],
  not_ready: ["triangle", [600, 0, 0.2], [440, 0.22, 0.2], [300, 0.44, 0.4]],
  unreadable: ["sine", [400, 0, 0.12]],
  identity: ["sine", [660, 0, 0.12]],
  more_evidence: ["sine", [660, 0, 0.1], [660, 0.16, 0.1], [880, 0.32, 0.16]],
};

const at = (id) => document.getElementById(id);
const root = document.documentElement;
const canvas = at("picture");
const pen = canvas.getContext("2d", { alpha: false });
let shown = null;
let heard = 0;
let stream = null;
let sound = null;
let looking = false;
let typed = -Infinity; // when a key that writes something was last pressed

function make(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function put(id, text) {
  const element = at(id);
  if (element.textContent !== text) element.textContent = text;
  element.hidden = !text;
}

async function post(path, body) {
  try {
    await fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    // The server is gone: the stream says so, and the page with it.
  }
}

function act(action, value) {
  post("/do/act", { action, value, visit: shown.visit });
}

function press(id) {
  if (id === "enter") sendPin();
  else if (id === "let_through" || id === "turn_away") act(id, document.querySelector("#why input:checked")?.value);
  else act(id);
}

function sendPin() {
  const digits = at("pin-digits");
  const pin = digits.value;
  digits.value = "";
  if (pin) post("/do/pin", { pin });
}

// --- what is shown ----------------------------------------------------------------------------------------------------

function show(now) {
  const before = shown;
  shown = now;
  root.lang = now.lang;
  root.dataset.state = now.state;
  root.dataset.tone = now.tone;
  root.dataset.attended = now.checks.length || now.blocks.length ? "yes" : "no";
  put("word", now.word);
  for (const id of ["title", "hint", "mark"]) put(id, now[id]);
  const turn = !before || before.state !== now.state || before.visit !== now.visit || before.step !== now.step;
  const spoken = before && before.lang !== now.lang;
  details(now);
  pinPad(now, turn);
  why(now, turn || spoken);
  languages(now);
  buttons(now);
  live(now);
  if (turn) {
    clock(now);
    focus(now);
    at("said").textContent = [now.word, now.title, now.hint].filter(Boolean).join(". ");
    if (before && (now.visit !== before.visit || now.state === "verdict")) play(now.tone);
  }
}

function details(now) {
  const blocks = now.blocks.map((block) => {
    const list = make("dl");
    for (const line of block) {
      const row = make("div", "", line.warning ? { class: "warning" } : {});
      if (line.label) row.append(make("dt", line.label), make("dd", line.text));
      else row.append(make("dd", line.text, { class: "alone" }));
      list.append(row);
    }
    return list;
  });
  const checks = make("ul", "", { class: "checks" });
  for (const check of now.checks) {
    const row = make("li", "", { "data-result": check.result });
    row.append(make("b", check.name), make("span", [check.said, check.text].filter(Boolean).join(" – ")));
    checks.append(row);
  }
  at("details").replaceChildren(...blocks, ...(now.checks.length ? [checks] : []));
  at("details").hidden = !blocks.length;
}

function pinPad(now, turn) {
  at("pin").hidden = !now.pin;
  if (turn) at("pin-digits").value = "";
  if (!now.pin) return;
  put("pin-label", now.pin.label);
  if (at("pin-said").textContent !== now.pin.said) at("pin-said").textContent = now.pin.said;
  at("pin-digits").disabled = !now.pin.open;
  if (turn) at("pad").replaceChildren(...DIGITS.map(key));
}

function key(digit) {
  const button = make("button", digit, { type: "button", tabindex: "-1" });
  button.addEventListener("click", () => {
    const field = at("pin-digits");
    field.value = digit === "⌫" ? field.value.slice(0, -1) : (field.value + digit).slice(0, 12);
  });
  return button;
}

function why(now, renew) {
  at("why").hidden = !now.why;
  if (!now.why) return at("why-options").replaceChildren();
  if (!renew && at("why-options").childElementCount) return;
  at("why-label").textContent = now.why.label;
  const chosen = document.querySelector("#why input:checked")?.value;
  at("why-options").replaceChildren(
    ...now.why.options.map((option) => {
      const label = make("label", "");
      const radio = make("input", "", { type: "radio", name: "why", value: option.id });
      radio.checked = option.id === chosen;
      radio.addEventListener("change", () => buttons(shown));
      label.append(radio, make("span", option.label));
      return label;
    }),
  );
}

function languages(now) {
  same(at("languages"), now.languages, (one) => {
    const button = make("button", one.label, { type: "button", lang: one.id, "aria-pressed": String(one.on) });
    button.addEventListener("click", () => act("lang", one.id));
    return button;
  });
}

function buttons(now) {
  const reason = document.querySelector("#why input:checked");
  const make_one = (one) => {
    const button = make("button", one.label, { type: "button", "data-action": one.id });
    button.disabled = Boolean(now.why) && one.id !== "next" && !reason;
    button.addEventListener("click", () => press(one.id));
    return button;
  };
  const aside = now.buttons.filter((one) => one.id === "staff");
  const main = now.buttons.filter((one) => one.id !== "staff");
  same(at("staff"), aside, make_one);
  same(at("buttons"), main.map((one) => ({ ...one, reason: Boolean(reason) })), make_one);
}

// Elements that are alike are left alone: the keyboard's focus must not get lost.
function same(place, wanted, make_one) {
  const mark = JSON.stringify(wanted);
  if (place.dataset.mark === mark) return;
  const focused = [...place.children].indexOf(document.activeElement);
  place.dataset.mark = mark;
  place.replaceChildren(...wanted.map(make_one));
  place.children[focused]?.focus();
}

function focus(now) {
  if (now.state === "pin") at("pin-digits").focus();
  else if (now.why) document.querySelector("#why input")?.focus();
  else if (now.state === "menu" || now.buttons.some((one) => one.id !== "staff")) at("buttons").firstElementChild?.focus();
}

function clock(now) {
  const bar = at("time").firstElementChild;
  const counts = ["verdict", "more_evidence", "pin", "menu"].includes(now.state);
  at("time").hidden = !counts;
  for (const running of bar.getAnimations()) running.cancel();
  if (counts) {
    const steps = matchMedia("(prefers-reduced-motion: reduce)").matches ? "steps(4)" : "linear";
    bar.animate([{ transform: "scaleX(1)" }, { transform: "scaleX(0)" }], { duration: now.seconds * 1000, easing: steps });
  }
}

function play(tone) {
  const [shape, ...notes] = TONES[tone] ?? [];
  if (!shape) return;
  try {
    sound ??= new AudioContext();
    sound.resume();
    for (const [frequency, start, length] of notes) {
      const source = new OscillatorNode(sound, { type: shape, frequency });
      const level = new GainNode(sound, { gain: 0 });
      const begin = sound.currentTime + start;
      level.gain.linearRampToValueAtTime(0.5, begin + 0.02);
      level.gain.setValueAtTime(0.5, begin + length - 0.03);
      level.gain.linearRampToValueAtTime(0, begin + length);
      source.connect(level).connect(sound.destination);
      source.start(begin);
      source.stop(begin + length);
    }
    root.dataset.played = tone;
  } catch {
    sound = null; // no loudspeaker: word, shape and colour say the same
  }
}

// --- the picture ------------------------------------------------------------------------------------------------------

function live(now) {
  at("view").hidden = !now.live;
  if (now.live && !looking) look();
  if (!now.live) wipe();
}

function wipe() {
  canvas.width = 16; // setting the size clears every pixel
  canvas.height = 9;
  at("view").dataset.seen = "no";
}

async function look() {
  looking = true;
  let number = "";
  while (shown?.live) {
    try {
      const response = await fetch(`/live/frame?after=${number}`);
      if (response.status === 200) {
        number = response.headers.get("x-frame");
        const picture = await createImageBitmap(await response.blob());
        if (shown?.live) draw(picture);
        picture.close();
      }
    } catch {
      await pause(RETRY_MS);
    }
    await pause(FRAME_PAUSE_MS);
  }
  looking = false;
  wipe();
}

function draw(picture) {
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width;
    canvas.height = picture.height;
  }
  pen.drawImage(picture, 0, 0);
  at("view").dataset.seen = "yes";
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

// --- the stream, and what happens without it --------------------------------------------------------------------------

function listen() {
  stream?.close();
  stream = new EventSource("/live/events");
  stream.addEventListener("beat", alive);
  stream.addEventListener("message", (event) => {
    alive();
    show(JSON.parse(event.data));
  });
  stream.addEventListener("error", () => {
    stream.close();
    dead();
    setTimeout(listen, RETRY_MS);
  });
}

function alive() {
  heard = performance.now();
  at("dead").hidden = true;
}

function dead() {
  if (!at("dead").hidden) return;
  at("dead").hidden = false;
  shown = null;
  wipe();
  root.dataset.state = "dead";
  root.dataset.attended = "no";
  for (const id of ["title", "hint", "mark", "word"]) put(id, "");
  for (const id of ["details", "pin", "why", "view"]) at(id).hidden = true;
  for (const id of ["details", "why-options", "buttons", "languages", "staff"]) {
    at(id).replaceChildren();
    delete at(id).dataset.mark;
  }
  at("said").textContent = "";
}

setInterval(() => {
  if (heard && performance.now() - heard > BEATS_MISSED_MS) dead();
}, 100);

at("pin").addEventListener("submit", (event) => {
  event.preventDefault();
  sendPin();
});
// A hand scanner that nobody grabbed types its code into the page: no space or Enter of it may press a button.
function typedByScanner(event) {
  if (event.target.id === "pin-digits") return;
  if (event.key === " " || event.key === "Enter") {
    if (performance.now() - typed < SCANNER_MS) event.preventDefault();
  } else if (event.key.length === 1) typed = performance.now();
}
document.addEventListener("keydown", typedByScanner, true);
document.addEventListener("keyup", typedByScanner, true); // the space presses when it is let go
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && shown) {
    const out = shown.buttons.find((one) => ["cancel", "back", "next"].includes(one.id));
    if (out) act(out.id);
  }
});
document.addEventListener("contextmenu", (event) => event.preventDefault());
listen();
