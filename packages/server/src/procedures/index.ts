/** Every handler by the name of its procedure: the compiler refuses the table while one is missing. */
import { checkAvailability } from "./account/check-availability.ts";
import { endOtherSessions } from "./account/end-other-sessions.ts";
import { endSession } from "./account/end-session.ts";
import { getSettings } from "./account/get-settings.ts";
import { listSessions } from "./account/list-sessions.ts";
import { logIn } from "./account/log-in.ts";
import { logOut } from "./account/log-out.ts";
import { register } from "./account/register.ts";
import { requestChallenge as requestAccountChallenge } from "./account/request-challenge.ts";
import { setSettings } from "./account/set-settings.ts";
import { stepUp } from "./account/step-up.ts";
import { whoAmI } from "./account/who-am-i.ts";
import { listRecords } from "./keys/list-records.ts";
import { lookUp } from "./directory/look-up.ts";
import { notify } from "./federation/notify.ts";
import { pull } from "./federation/pull.ts";
import { requestChallenge as requestChallengeFromElsewhere } from "./federation/request-challenge.ts";
import { serves } from "./federation/serves.ts";
import { accept } from "./messages/accept.ts";
import { block } from "./messages/block.ts";
import { decline } from "./messages/decline.ts";
import { listBlocks } from "./messages/list-blocks.ts";
import { listChanges } from "./messages/list-changes.ts";
import { listConversations } from "./messages/list-conversations.ts";
import { listMessages } from "./messages/list-messages.ts";
import { listRequests } from "./messages/list-requests.ts";
import { markRead } from "./messages/mark-read.ts";
import { requestChallenge as requestMessageChallenge } from "./messages/request-challenge.ts";
import { send } from "./messages/send.ts";
import { unblock } from "./messages/unblock.ts";
import type { Handlers } from "./handler.ts";

export const handlers: Handlers = {
  account: {
    checkAvailability,
    endOtherSessions,
    endSession,
    getSettings,
    listSessions,
    logIn,
    logOut,
    register,
    requestChallenge: requestAccountChallenge,
    setSettings,
    stepUp,
    whoAmI,
  },
  keys: {
    listRecords,
  },
  directory: {
    lookUp,
  },
  federation: {
    notify,
    pull,
    requestChallenge: requestChallengeFromElsewhere,
    serves,
  },
  messages: {
    accept,
    block,
    decline,
    listBlocks,
    listChanges,
    listConversations,
    listMessages,
    listRequests,
    markRead,
    requestChallenge: requestMessageChallenge,
    send,
    unblock,
  },
};
