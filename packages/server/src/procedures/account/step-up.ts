import { type contract } from "@keypears/api";
import { addressSubject, domainOf, sha256 } from "@keypears/protocol";
import { spendAtOnce } from "../../proof/claiming.ts";
import { getAccount } from "../../store/accounts.ts";
import { listWraps } from "../../store/key-records.ts";
import { insertGrant } from "../../store/sessions.ts";
import type { Handler } from "../handler.ts";
import { provePassword, refuseGuessing } from "./password.ts";

const GRANT_BYTES = 32;

export const stepUp: Handler<typeof contract.account.stepUp> = async (context, call, input) => {
  const { random, store } = context;
  const { id: sessionId, accountId, address } = call.session;
  refuseGuessing(context, call, address);
  await spendAtOnce(context, input.solution, {
    domain: domainOf(address),
    purposes: ["step-up"],
    subject: addressSubject(address),
  });
  const account = await provePassword(context, call, {
    address,
    loginKey: input.loginKey,
    account: await getAccount(store.db, accountId),
  });
  const grant = random(GRANT_BYTES);
  const hash = await sha256(grant);
  const now = await store.now();
  await store.transaction((tx) => insertGrant(tx, { hash, sessionId, now }));
  const wraps = await listWraps(store.db, accountId);
  return { grant, passwordGeneration: account.password_generation, wraps };
};
