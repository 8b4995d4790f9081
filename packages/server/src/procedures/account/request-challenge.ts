import { ApiError, type contract } from "@keypears/api";
import { KDF_SUITE, addressSubject, domainOf } from "@keypears/protocol";
import { findAccount } from "../../store/accounts.ts";
import type { Handler } from "../handler.ts";

export const requestChallenge: Handler<typeof contract.account.requestChallenge> = async (
  { actsFor, config, limits, proof, store },
  { source, isOwn },
  { purpose, address },
) => {
  limits.take("challenge", source);
  const domain = domainOf(address);
  if (!actsFor(domain)) throw new ApiError("misdirected");
  if (purpose === "register" && config.registration === "closed" && !isOwn) {
    throw new ApiError("registration_closed");
  }
  const { register, login } = config.difficulties;
  // The price is there to keep strangers from it: the server owes itself nothing.
  const price = purpose === "register" ? register : login;
  const challenge = await proof.issue({
    domain,
    purpose,
    subject: addressSubject(address),
    difficulty: isOwn ? 1 : price,
  });
  // An unknown address looks like any other: the current suite, the same work.
  const account = purpose === "register" ? undefined : await findAccount(store.db, address);
  return { challenge, kdfSuite: account?.kdf_suite ?? KDF_SUITE };
};
