"use strict";

const $ = (id) => document.getElementById(id);
const log = $("log"), nameBox = $("name"), textBox = $("text");
let socket = null, wait = 500, here = 0;

function element(tag, text, className) {
  const e = document.createElement(tag);
  e.textContent = text;
  if (className) e.className = className;
  return e;
}

/* the same name has the same colour everywhere */
function colour(name) {
  let h = 0;
  for (const c of name) h = (h * 31 + c.codePointAt(0)) % 360;
  return `hsl(${h} 45% 45%)`;
}

function add(node) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(node);
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function show(kind, time, who, text) {
  if (kind === "said") {
    const row = element("div", "", "said"), body = element("div", ""), by = element("b", who);
    const at = new Date(Number(time)).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
    by.style.color = colour(who);
    body.append(by, element("span", text));
    row.append(element("time", at), body);
    add(row);
    return;
  }
  if (kind === "joined" || kind === "left") {
    here = Number(text);
    status();
  }
  add(element("p", {
    joined: `${who} joined`,
    left: `${who} left`,
    renamed: `${who} is now ${text}`,
    missed: `${text} lines missed`,
  }[kind] || kind, "note"));
}

function status() {
  const open = socket && socket.readyState === WebSocket.OPEN;
  document.body.classList.toggle("open", open);
  $("status").textContent = open ? (here === 1 ? "1 person here" : `${here} people here`) : "connecting";
}

function tellName() {
  const name = nameBox.value.trim();
  if (!name || !socket || socket.readyState !== WebSocket.OPEN) return;
  localStorage.setItem("name", name);
  socket.send("N" + name);
}

function connect() {
  socket = new WebSocket(location.href.replace(/^http/, "ws").replace(/[?#].*/, ""), "lws-chat");
  socket.onopen = () => { wait = 500; log.replaceChildren(); tellName(); status(); };
  socket.onmessage = (event) => {
    const part = event.data.split("\t");
    show(part[0], part[1], part[2], part.slice(3).join("\t"));
  };
  socket.onclose = () => {
    status();
    setTimeout(connect, wait);
    wait = Math.min(wait * 2, 10000);
  };
}

nameBox.value = localStorage.getItem("name") || "guest " + Math.floor(100 + Math.random() * 900);
nameBox.addEventListener("change", tellName);
$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = textBox.value.trim();
  if (!text || socket.readyState !== WebSocket.OPEN) return;
  tellName();
  socket.send("S" + text);
  textBox.value = "";
});
connect();
