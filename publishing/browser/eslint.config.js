import js from "@eslint/js";
import globals from "globals";

const ours = { courseContents: "readonly", DOCUMENTATION_OPTIONS: "readonly", vegaEmbed: "readonly" };

export default [
  js.configs.recommended,
  { files: ["exercise/**", "print/**", "reading/**", "shared/**"], languageOptions: { globals: { ...globals.browser, ...ours } } },
  { files: ["tests/**", "eslint.config.js"], languageOptions: { globals: globals.node } },
  { rules: { eqeqeq: "error", "no-var": "error", "prefer-const": ["error", { destructuring: "all" }], "max-lines": ["error", 400] } },
];
