import js from "@eslint/js";
import globals from "globals";

const ours = { courseContents: "readonly", DOCUMENTATION_OPTIONS: "readonly", vegaEmbed: "readonly", Search: "readonly" };

// A text that is shown as markup runs what a stranger wrote into it. `exercise/frame.js` shows what a cell has made.
const markup = [
  "AssignmentExpression > MemberExpression.left > Identifier.property[name=/^(innerHTML|outerHTML|srcdoc)$/]",
  "CallExpression > MemberExpression.callee > Identifier.property[name=/^(insertAdjacentHTML|setHTMLUnsafe|parseHTMLUnsafe|createContextualFragment)$/]",
  "CallExpression > MemberExpression.callee[object.name='document'] > Identifier.property[name=/^writeln?$/]",
].map((selector) => ({ selector, message: "Make elements and set their text; markup goes into a frame, by exercise/frame.js." }));

export default [
  js.configs.recommended,
  { files: ["exercise/**", "pictures/**", "print/**", "reading/**", "shared/**"], languageOptions: { globals: { ...globals.browser, ...ours } } },
  { files: ["build/**", "tests/**", "eslint.config.js"], languageOptions: { globals: globals.node } },
  {
    files: ["exercise/**", "pictures/**", "reading/**", "shared/**"],
    rules: { "no-restricted-syntax": ["error", ...markup] },
  },
  { rules: { eqeqeq: "error", "no-var": "error", "prefer-const": ["error", { destructuring: "all" }], "max-lines": ["error", 400] } },
];
