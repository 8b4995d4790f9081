/**
 * The door of the server.
 * @module
 */
export {
  type Config,
  ConfigError,
  type Environment,
  type Setting,
  readConfig,
  settings,
} from "./config.ts";
export { diagnose } from "./doctor/diagnose.ts";
export type { Finding } from "./doctor/finding.ts";
export { type Running, serve } from "./serve.ts";
