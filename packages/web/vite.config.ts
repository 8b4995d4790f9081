/**
 * How the web app is built: static files with hashed names, nothing inline, for the policy of spec/8.3. In development the
 * same policy holds, with a nonce for what the development server itself writes into the page.
 */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { wordlists } from "./wordlists.ts";

/** The policy of spec/8.3; `nonce` only in development. */
function policy(nonce: string | undefined): string {
  const own = nonce === undefined ? "" : ` 'nonce-${nonce}'`;
  return [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval'${own}`,
    `style-src 'self'${own}`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types keypears",
  ].join("; ");
}

function headers(nonce?: string): Record<string, string> {
  return {
    "Content-Security-Policy": policy(nonce),
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  };
}

/** Where the API is while the development server serves the app. */
const api = process.env["KEYPEARS_DEV_API"] ?? "http://localhost:3000";

/** The oldest that the styles are written for, as lightningcss writes versions: light-dark() and the like are not translated. */
const browsers = { chrome: 125 << 16, firefox: 128 << 16, safari: (17 << 16) | (5 << 8) };

/** The engine: what is below the screens, but for what is loaded when it is needed, such as everything about messages and what mines. */
const ENGINE =
  /node_modules\/zod\/|packages\/(?:api|protocol)\/|packages\/client\/src\/(?!messages|conversations|direct\b)|packages\/web\/src\/engine\/(?!use-|passphrase|strength|browser-miner|following-miner|speed-gauge|worker-count|trusted-types)/;

/** What every page that leads in is made of. */
const ENTRANCE =
  /packages\/web\/src\/(?:messages\/(?!.*(?:inside|card))|parts\/(?:entrance|failed-work|name-field|work-progress)|ui\/(?:banner|button|classes|field|icon-button|mark|password-field|ring|text-field)\b)/;

export default defineConfig(({ command }) => ({
  plugins: [react(), wordlists()],
  // Named by content below; a file of public/ is copied under its own name.
  publicDir: "public",
  ...(command === "serve" ? { html: { cspNonce: "development" } } : {}),
  server: {
    headers: headers("development"),
    proxy: {
      "/api": { target: api, changeOrigin: true, headers: { origin: api } },
      "/.well-known": { target: api, changeOrigin: true },
    },
  },
  preview: { headers: headers() },
  css: { transformer: "lightningcss", lightningcss: { targets: browsers } },
  worker: { format: "es" },
  build: {
    outDir: "build",
    emptyOutDir: true,
    target: ["chrome125", "firefox128", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        entryFileNames: "assets/[name]-[hash:10].js",
        chunkFileNames: "assets/[name]-[hash:10].js",
        assetFileNames: "assets/[name]-[hash:10][extname]",
        // Few files, each of which changes for one reason; together they compress better than apart.
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules\/(?:react|react-dom|scheduler)\// },
            { name: "router", test: /node_modules\/@tanstack\/(?!.*virtual)/ },
            { name: "engine", test: ENGINE },
            { name: "entrance", test: ENTRANCE },
          ],
        },
      },
    },
  },
}));
