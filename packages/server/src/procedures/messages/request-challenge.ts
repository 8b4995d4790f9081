import { ApiError, type contract } from "@keypears/api";
import { domainOf, pairSubject, verifyChallengeRequest } from "@keypears/protocol";
import { priceOf } from "../../delivery/price.ts";
import { activeKey, findAccount, getAccount } from "../../store/accounts.ts";
import type { Handler } from "../handler.ts";

export const requestChallenge: Handler<typeof contract.messages.requestChallenge> = async (
  context,
  { session },
  { recipient: address, time, signature },
) => {
  const { actsFor, config, ownKeys, proof, signingKeys, store } = context;
  const sender = session.address;
  if (address === sender) throw new ApiError("same_address");
  const domain = domainOf(address);
  if (!actsFor(domain)) throw new ApiError("federation_unavailable");

  const account = await getAccount(store.db, session.accountId);
  const active = (await ownKeys.of(store.db, account)).at(-1)?.record.keys;
  if (!active) throw new ApiError("request_refused", { reason: "signature" });
  const judged = await verifyChallengeRequest({
    sender,
    recipient: address,
    time,
    signature,
    signingPublicKey: active.signing,
    now: await store.now(),
    verify: signingKeys.verify,
  });
  if (!judged.ok) throw new ApiError("request_refused", { reason: judged.reason });

  const recipient = await findAccount(store.db, address);
  if (recipient === undefined) throw new ApiError("no_such_user");
  const { purpose, difficulty } = await priceOf(store.db, config.difficulties, {
    sender,
    recipient,
  });
  const subject = pairSubject(sender, address);
  const challenge = await proof.issue({ domain, purpose, subject, difficulty });
  return { challenge, recipientKey: activeKey(recipient) };
};
