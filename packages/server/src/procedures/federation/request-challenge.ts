import { ApiError, type peerContract } from "@keypears/api";
import { REQUEST_WINDOW, domainOf, verifyChallengeRequest } from "@keypears/protocol";
import { issueChallenge } from "../../delivery/price.ts";
import { noteContact } from "../../federation/client.ts";
import { findAccount } from "../../store/accounts.ts";
import type { Handler } from "../handler.ts";
import { giveBack } from "./source.ts";

export const requestChallenge: Handler<typeof peerContract.federation.requestChallenge> = async (
  context,
  { source },
  { sender, recipient: address, time, signature },
) => {
  const { actsFor, federation, limits, signingKeys, store } = context;
  limits.take("federation", source);
  if (!actsFor(domainOf(address)) || federation === null) throw new ApiError("misdirected");
  const refuse = (reason: string): never => {
    throw new ApiError("request_refused", { reason });
  };
  // Our own users ask with a session.
  if (actsFor(domainOf(sender))) refuse("signature");
  // What can be seen here costs nobody else anything.
  const now = await store.now();
  if (Math.abs(now - time) > REQUEST_WINDOW) refuse("time");
  const recipient = await findAccount(store.db, address);
  if (recipient === undefined) throw new ApiError("no_such_user");

  // One source that makes names up is not to use up what all of them may have others asked.
  limits.take("stranger", source);
  const chain = await federation.peerKeys.of(sender, { cause: "unverified" });
  if (!chain.ok && chain.kind === "fault") {
    throw new ApiError("domain_unreachable", { reason: chain.fault });
  }
  const senderKeys = chain.ok ? chain.keys : [];
  const active = senderKeys.at(-1)?.record.keys;
  if (!active) throw new ApiError("request_refused", { reason: "signature" });
  const judged = await verifyChallengeRequest({
    sender,
    recipient: address,
    time,
    signature,
    signingPublicKey: active.signing,
    now,
    verify: signingKeys.verify,
  });
  if (!judged.ok) refuse(judged.reason);
  giveBack(context, source);
  limits.giveBack("stranger", source);
  const domain = domainOf(sender);
  context.outbox.wake(domain);
  context.incoming.wake(domain);
  void noteContact(federation, domain);
  return issueChallenge(context, { sender, senderKeys, recipient });
};
