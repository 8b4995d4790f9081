import { ApiError, type contract } from "@keypears/api";
import { addressSubject, domainOf } from "@keypears/protocol";
import { spendAtOnce } from "../../proof/claiming.ts";
import { findAccount } from "../../store/accounts.ts";
import { listKeyRecords, listWraps, publishedOf } from "../../store/key-records.ts";
import type { Handler } from "../handler.ts";
import { handOver, makeToken, storeSession } from "./new-session.ts";
import { provePassword, refuseGuessing } from "./password.ts";

/** More than any chain has: at most 100 sets are kept, and the chain of an old account is paged from `keys/list-records`. */
const MOST_RECORDS = 200;

export const logIn: Handler<typeof contract.account.logIn> = async (context, call, input) => {
  const { actsFor, store } = context;
  const { address, loginKey, solution, transport } = input;
  const domain = domainOf(address);
  if (!actsFor(domain)) throw new ApiError("misdirected");
  refuseGuessing(context, call, address);
  const subject = addressSubject(address);
  await spendAtOnce(context, solution, { domain, purposes: ["login"], subject });

  const account = await provePassword(context, call, {
    address,
    loginKey,
    account: await findAccount(store.db, address),
  });
  const now = await store.now();
  const session = await makeToken(context, now);
  await store.transaction((tx) =>
    storeSession(tx, session, { accountId: account.id, userAgent: call.userAgent, now }),
  );
  const [records, wraps] = await Promise.all([
    listKeyRecords(store.db, account.id, { most: MOST_RECORDS }),
    listWraps(store.db, account.id),
  ]);
  return {
    session: handOver(call, session, transport),
    passwordGeneration: account.password_generation,
    records: records.map(publishedOf),
    wraps,
  };
};
