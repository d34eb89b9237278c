"use strict";

const $ = (id) => document.getElementById(id);
const log = $("log"), textBox = $("text");
let socket = null, wait = 500;

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}

function count(side, plain, packed) {
  $(`${side}-plain`).textContent = size(plain);
  $(`${side}-packed`).textContent = size(packed);
  $(`${side}-bar`).style.width = plain ? `${Math.min(100, 100 * packed / plain)}%` : "0";
}

function say(who, text) {
  const row = document.createElement("p"), by = document.createElement("b");
  by.textContent = who;
  row.append(by, text.length > 300 ? `${text.slice(0, 300)} … (${text.length} characters)` : text);
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(row);
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function status() {
  const open = socket.readyState === WebSocket.OPEN;
  document.body.classList.toggle("open", open);
  $("status").textContent = open ? socket.extensions || "not compressed" : "connecting";
}

function connect() {
  socket = new WebSocket(location.href.replace(/^http/, "ws").replace(/[?#].*/, ""), "pmd-chat");
  socket.onopen = () => { wait = 500; log.replaceChildren(); status(); };
  socket.onmessage = (event) => {
    const [kind, ...rest] = event.data.split("\t");
    if (kind === "said") return say(rest[0], rest.slice(1).join("\t"));
    const [inPlain, inPacked, outPlain, outPacked] = rest.map(Number);
    count("in", inPlain, inPacked);
    count("out", outPlain, outPacked);
  };
  socket.onclose = () => {
    status();
    setTimeout(connect, wait);
    wait = Math.min(wait * 2, 10000);
  };
}

function send(text) {
  if (text && socket.readyState === WebSocket.OPEN) socket.send(text);
}

$("say").addEventListener("submit", (event) => {
  event.preventDefault();
  send(textBox.value.trim());
  textBox.value = "";
});
$("long").addEventListener("click", () => {
  const words = "the quick brown fox jumps over the lazy dog while it rains in the hills ".split(" ");
  let text = "";
  while (text.length < 4000) text += words[Math.floor(Math.random() * words.length)] + " ";
  send(text.slice(0, 4000));
});
connect();
