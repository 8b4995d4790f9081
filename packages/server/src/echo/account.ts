/** The echo account itself: made at the first start, logged in again whenever that is needed. */
import { ApiError, type Client, ClientError } from "@keypears/client";
import { type Address, type Random, toBase64url } from "@keypears/protocol";
import type { EchoDevice } from "./device.ts";

const PASSWORD_BYTES = 32;
/** What zxcvbn says of 32 random bytes. */
const STRENGTH = 4;

/** Makes the account ready on its device. `taken`: the address has an account, and the password kept here is not its own. */
export async function openAccount(options: {
  readonly client: Client;
  readonly device: EchoDevice;
  readonly address: Address;
  readonly random: Random;
  readonly signal: AbortSignal;
}): Promise<"ready" | "taken"> {
  const { client, device, address, random, signal } = options;
  if (await isLoggedIn(client)) return "ready";
  const kept = device.password();
  if ((await client.account.checkAvailability(address)) === "available") {
    const password = kept ?? toBase64url(random(PASSWORD_BYTES));
    // Before the account is there: a crash leaves no account without its password.
    if (kept === null) await device.keepPassword(password);
    await device.beginAnew();
    await client.account.signUp({ address, password, strength: STRENGTH, signal });
    return "ready";
  }
  if (kept === null) return "taken";
  try {
    await client.account.logIn({ address, password: kept, signal });
    return "ready";
  } catch (error) {
    if (error instanceof ApiError && error.code === "wrong_credentials") return "taken";
    throw error;
  }
}

/** Whether the session and the keys that are kept hold. */
async function isLoggedIn({ account }: Client): Promise<boolean> {
  if ((await account.saved())?.unlocked !== true) return false;
  try {
    await account.whoAmI();
    return true;
  } catch (error) {
    const ended = error instanceof ApiError && error.code === "unauthenticated";
    if (ended || (error instanceof ClientError && error.code === "not_logged_in")) return false;
    throw error;
  }
}
