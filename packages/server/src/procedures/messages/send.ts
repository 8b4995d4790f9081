import type { contract } from "@keypears/api";
import { send as sendLocally } from "../../delivery/send.ts";
import { presentMessage } from "../../mailbox/present.ts";
import type { Handler } from "../handler.ts";

export const send: Handler<typeof contract.messages.send> = async (context, { session }, input) => {
  return { message: presentMessage(await sendLocally(context, session, input)) };
};
