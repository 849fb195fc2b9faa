"use strict";
// Records where the browser can, and turns whatever it can decode into WAV (16 kHz, one channel), which the school's
// machine reads without a decoder for every telephone. Without this script the file goes as it is.
(() => {
  const RATE = 16000;
  const form = document.getElementById("record");
  const input = document.getElementById("recording");
  const told = document.getElementById("told");
  const Offline = window.OfflineAudioContext;
  if (!form || !input || !window.DataTransfer || !Offline) return;
  const button = (label, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = label;
    made.addEventListener("click", act);
    told.before(made, " ");
    return made;
  };
  let hear = null;
  let sound = null;
  let recorder = null;
  let playing = null;

  const wav = (samples) => {
    const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
    const word = (at, text) => [...text].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
    word(0, "RIFF"); view.setUint32(4, 36 + samples.length * 2, true); word(8, "WAVEfmt ");
    view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
    view.setUint32(24, RATE, true); view.setUint32(28, RATE * 2, true);
    view.setUint16(32, 2, true); view.setUint16(34, 16, true);
    word(36, "data"); view.setUint32(40, samples.length * 2, true);
    samples.forEach((value, i) => view.setInt16(44 + i * 2, Math.max(-1, Math.min(1, value)) * 32767, true));
    return view.buffer;
  };
  const put = async (blob) => {
    try {
      const decoded = await new Offline(1, RATE, RATE).decodeAudioData(await blob.arrayBuffer());
      const mono = new Offline(1, Math.max(1, Math.ceil(decoded.duration * RATE)), RATE);
      const source = mono.createBufferSource();
      source.buffer = decoded;
      source.connect(mono.destination);
      source.start();
      sound = await mono.startRendering();
      const files = new DataTransfer();
      files.items.add(new File([wav(sound.getChannelData(0))], "recording.wav", { type: "audio/wav" }));
      input.files = files.files;
      hear = hear || button(form.dataset.hear, listen);
      told.textContent = form.dataset.ready;
    } catch {
      told.textContent = form.dataset.unreadable;
    }
  };
  input.addEventListener("change", () => input.files.length && put(input.files[0]));
  const listen = () => {
    if (playing) playing.close();
    playing = new AudioContext();
    const source = playing.createBufferSource();
    source.buffer = sound;
    source.connect(playing.destination);
    source.start();
  };
  if (!navigator.mediaDevices || !window.MediaRecorder) return;
  const start = button(form.dataset.start, async () => {
    if (recorder && recorder.state === "recording") {
      recorder.stop();
      return;
    }
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      input.focus(); // no microphone, or not allowed: a file will do
      return;
    }
    const parts = [];
    recorder = new MediaRecorder(stream);
    recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
    recorder.addEventListener("stop", () => {
      clearTimeout(limit);
      stream.getTracks().forEach((track) => track.stop());
      start.textContent = form.dataset.start;
      put(new Blob(parts, { type: recorder.mimeType }));
    });
    recorder.start();
    const limit = setTimeout(() => recorder.state === "recording" && recorder.stop(), Number(form.dataset.most) * 1000);
    told.textContent = form.dataset.recording;
    start.textContent = form.dataset.stop;
  });
})();
