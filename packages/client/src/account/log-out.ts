/**
 * Logging out: everything goes from this device, and then the session ends on the server, if that can be told.
 * @module spec/8.1
 */
import { ApiError } from "@keypears/api";
import { createApi } from "../api.ts";
import { type Engine, forget } from "../engine.ts";
import { ClientError } from "../errors.ts";

/**
 * Deletes everything from this device (spec/4.10), then ends the session. In that order: a tab that is closed or a process that
 * dies while the server is slow to answer leaves no key behind. `ended` is false where the server could not be told.
 */
export async function logOut(engine: Engine): Promise<{ readonly ended: boolean }> {
  const { caller, device } = engine;
  if ((await device.known()) === null) throw new ClientError("not_logged_in");
  const account = await device.account();
  await device.clear();
  forget(engine);
  if (account === null) return { ended: true };
  // By the session as it was: the device knows it no more.
  const api = createApi({
    ...caller,
    session: () => Promise.resolve(account),
    onEnded: () => Promise.resolve(),
  });
  try {
    await api.account.logOut({});
    return { ended: true };
  } catch (error) {
    if (error instanceof ApiError) return { ended: error.code === "unauthenticated" };
    if (error instanceof ClientError) return { ended: false };
    throw error;
  }
}
