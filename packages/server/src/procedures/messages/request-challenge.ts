import { ApiError, type contract, peerContract } from "@keypears/api";
import { domainOf, verifyChallengeRequest } from "@keypears/protocol";
import { issueChallenge } from "../../delivery/price.ts";
import { askPeer } from "../../federation/client.ts";
import { findAccount, getAccount } from "../../store/accounts.ts";
import type { Handler } from "../handler.ts";

export const requestChallenge: Handler<typeof contract.messages.requestChallenge> = async (
  context,
  { session },
  { recipient: address, time, signature },
) => {
  const { actsFor, limits, ownKeys, signingKeys, store } = context;
  const sender = session.address;
  if (address === sender) throw new ApiError("same_address");
  const account = await getAccount(store.db, session.accountId);
  const senderKeys = await ownKeys.of(store.db, account);
  const active = senderKeys.at(-1)?.record.keys;
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

  const domain = domainOf(address);
  if (!actsFor(domain)) {
    limits.take("asking", "", String(session.accountId));
    const request = { sender, recipient: address, time, signature };
    return askPeer(context, domain, peerContract.federation.requestChallenge, request);
  }
  const recipient = await findAccount(store.db, address);
  if (recipient === undefined) throw new ApiError("no_such_user");
  return issueChallenge(context, { sender, senderKeys, recipient });
};
