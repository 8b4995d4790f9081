/**
 * Logging out: the session ends on the server, and everything goes from this device whether or not the server could be told.
 * @module spec/8.1
 */
import { ApiError } from "@keypears/api";
import { type Engine, forget } from "../engine.ts";
import { ClientError } from "../errors.ts";

/** Ends the session and deletes everything from this device (spec/4.10). `ended` is false where the server could not be told. */
export async function logOut(engine: Engine): Promise<{ readonly ended: boolean }> {
  const { api, device } = engine;
  if ((await device.known()) === null) throw new ClientError("not_logged_in");
  try {
    if ((await device.account()) !== null) await api.account.logOut({});
    return { ended: true };
  } catch (error) {
    if (error instanceof ApiError) return { ended: error.code === "unauthenticated" };
    if (error instanceof ClientError) return { ended: false };
    throw error;
  } finally {
    await device.clear();
    forget(engine);
  }
}
