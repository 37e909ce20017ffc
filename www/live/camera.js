// Sources of frames: a camera or a video file. A source is `{ kind, name, video, id, mirrored, stop() }`; `video` is a playing
// <video> outside the document.

import { namedError } from '../lib/errors.js';

/** Larger than a network's input, and small enough to upload every frame. */
const WANTED = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 60 } };

const REFUSALS = {
  NotAllowedError: 'Camera access was denied: allow it in the browser’s settings for this site, then try again.',
  NotFoundError: 'No camera was found: connect one, then try again.',
  NotReadableError: 'The camera cannot be read: another program may be using it. Close that program, then try again.',
  OverconstrainedError: 'The selected camera is no longer available: choose another.',
};

/** Opens the camera with this id, or the browser's default. `onEnd()` is called when it is unplugged. */
export async function openCamera(id, onEnd) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw namedError('CameraError', 'The browser allows cameras only on pages from https: or localhost.');
  }
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { ...WANTED, ...(id && { deviceId: { exact: id } }) }, audio: false });
  } catch (error) {
    throw namedError('CameraError', REFUSALS[error.name] ?? `The camera could not be opened: ${error.message || error.name}.`);
  }
  const [track] = stream.getVideoTracks();
  const { deviceId, facingMode } = track.getSettings();
  track.addEventListener('ended', onEnd);
  const video = await play({ srcObject: stream });
  return {
    kind: 'camera',
    name: track.label || 'camera',
    id: deviceId,
    video,
    mirrored: facingMode !== 'environment',
    stop: () => {
      track.removeEventListener('ended', onEnd);
      track.stop();
      video.srcObject = null;
    },
  };
}

/** Plays a video file. `onEnd()` is called at its end. */
export async function openVideo(file, onEnd) {
  const src = URL.createObjectURL(file);
  let video;
  try {
    video = await play({ src, muted: true });
  } catch {
    URL.revokeObjectURL(src);
    throw namedError('CameraError', `The video ${file.name} cannot be played: its format is not supported by this browser, or the file is damaged.`);
  }
  video.addEventListener('ended', onEnd);
  return {
    kind: 'video',
    name: file.name,
    video,
    mirrored: false,
    stop: () => {
      video.removeEventListener('ended', onEnd);
      video.pause();
      video.removeAttribute('src');
      URL.revokeObjectURL(src);
    },
  };
}

/** Resolves to the cameras `[{ id, name }]`. Browsers report names only after camera access was allowed. */
export async function cameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter(({ kind, deviceId }) => kind === 'videoinput' && deviceId)
    .map(({ deviceId, label }, i) => ({ id: deviceId, name: label || `camera ${i + 1}` }));
}

/** Calls `listener()` when a camera is connected or removed. */
export function onCamerasChange(listener) {
  navigator.mediaDevices?.addEventListener('devicechange', listener);
}

export const isVideo = (given) => given instanceof Blob && given.type.startsWith('video/');

async function play(source) {
  const video = Object.assign(document.createElement('video'), { playsInline: true, ...source });
  await video.play();
  return video;
}
