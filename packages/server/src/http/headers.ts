/** What every answer carries, so that a browser does nothing that we did not mean (spec/8.3). */

/** The web app's policy (spec/8.3): to the letter. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
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

/** Two years. Of names below this one nothing is said: they may be somebody else's, and without a certificate. */
const HSTS = "max-age=63072000";

/** Adds the headers that every answer carries; what an answer has set itself stays. */
export function secure(headers: Headers, origin: string): void {
  const add = (name: string, value: string): void => {
    if (!headers.has(name)) headers.set(name, value);
  };
  add("Content-Security-Policy", CONTENT_SECURITY_POLICY);
  add("X-Content-Type-Options", "nosniff");
  add("Referrer-Policy", "no-referrer");
  add("Cross-Origin-Opener-Policy", "same-origin");
  add("Cross-Origin-Embedder-Policy", "require-corp");
  add("Cross-Origin-Resource-Policy", "same-origin");
  add("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
  add("X-Frame-Options", "DENY");
  add("Cache-Control", "no-store");
  if (origin.startsWith("https:")) add("Strict-Transport-Security", HSTS);
}
