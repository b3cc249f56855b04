// Two networks that train side by side, one of them to be shaken; and the slope of the loss, trusted for a short and
// for a long step. Which of the two a figure shows follows from its data.

import { drawSlope } from "./introduction/slope.js";
import { drawTraining } from "./introduction/training.js";
import { picture } from "./shared/picture.js";

/** @typedef {import("./introduction/training.js").Digits} Digits */
/** @typedef {import("./introduction/slope.js").Slopes} Slopes */

picture("introduction", (view, /** @type {Digits | Slopes} */ data, say) => {
  if ("images" in data) drawTraining(view, data, say);
  else drawSlope(view, data, say);
});
