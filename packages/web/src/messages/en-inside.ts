/**
 * Every sentence that only somebody who is logged in sees, in English. A value with something in it is a function. See en.ts.
 */
import { briefly, counted, numbers, roughly } from "./en-words.ts";

export const enInside = {
  navigation: {
    label: "Main",
    messages: "Messages",
    settings: "Settings",
  },
  connection: {
    connecting: "Connecting …",
    polling:
      "Live updates do not come through at the moment. New messages are fetched now and then.",
    offline: "The server cannot be reached. What you write is sent as soon as it is back.",
    alarm:
      "The keys published for your address are not those of this device. Somebody else may receive your messages. Ask the administrator of your domain before you write anything that matters.",
    memory:
      "This browser keeps no keys, as in a private window. They are gone when this tab is closed, and your password opens them again.",
  },
  conversations: {
    title: "Messages",
    list: "Conversations",
    write: "Write to somebody",
    emptyTitle: "No conversations yet",
    empty: (address: string) =>
      `Write to anybody whose address you know. Yours is ${address}: give it to whom you like.`,
    choose: "Choose a conversation",
    chooseText: "Or begin a new one. Only you and the person you write to can read it.",
    failedTitle: "Your conversations could not be read",
    unread: (count: number) => counted(count, "unread message", "unread messages"),
    you: (text: string) => `You: ${text}`,
    none: "No messages yet",
    blocked: "Blocked",
    more: "Show more",
    requests: "Requests",
    requestsWaiting: (count: number) =>
      counted(count, "person is waiting to be let in", "people are waiting to be let in"),
    requestsEmptyTitle: "Nobody is waiting",
    requestsEmpty:
      "People you have never written to wait here until you let them in. What they say reaches you nowhere else.",
    waiting: (count: number) => counted(count, "message", "messages"),
    copyAddress: "Copy my address",
    copied: "Your address is copied.",
    yesterday: "Yesterday",
    today: "Today",
  },
  message: {
    from: (name: string) => `${name} wrote:`,
    you: "You wrote:",
    states: { pending: "On its way", delivered: "Delivered", failed: "Not delivered" },
    /** How far what is on its way to another domain has come. */
    steps: {
      queued: "On its way: your server has it, and tells the other one",
      notified: "On its way: the other server knows of it",
      pulled: "On its way: the other server has fetched it",
    },
    sending: "Being sent",
    working: (seconds: number) => `Your device works for it, still ${roughly(seconds)}.`,
    takeBack: "Take it back",
    sendingAgain: "Being sent again",
    waiting: "Waiting for the server",
    waitingWhy: "It is sent as soon as the server is back.",
    waitingBehind: "Waiting for the message before it",
    waitingFor: (domain: string) => `Waiting for ${domain}`,
    /** `why` says what is in the way. */
    onItsWay: (why: string) => `${why} We go on trying by ourselves, for a day.`,
    waitingForWhy: (why: string) => `${why} It is sent as soon as the way is free.`,
    locked: "Sealed to keys that are not open on this device.",
    erased: "This message was to be deleted by now, and is.",
    unreadable: "This message cannot be opened.",
    unknown: "This message needs a newer version of the app.",
    missing: (count: number) =>
      `${counted(count, "message", "messages")} before this one did not reach you.`,
    different: "A message before this one reached you with another content.",
    notSent: (why: string) => `Not sent. ${why}`,
    notDelivered: (why: string) => `Not delivered. ${why}`,
    notDeliveredInTime: (why: string) => `Not delivered within a day. ${why}`,
    again: "Send again",
    anyway: (seconds: number | null) =>
      seconds === null ? "Send anyway" : `Send anyway, in ${roughly(seconds)}`,
    discard: "Throw away",
    /** Why a message is not shown as genuine; `other` for those that need no sentence of their own. */
    unverified: {
      signature: "Not verified: its signature does not hold.",
      keys_reset: "Not verified: the keys of this person were reset, and you have not looked yet.",
      keys_fork: "Not verified: the keys of this person are not those that were known.",
      keys_shorter: "Not verified: keys of this person are missing on the server.",
      keys_unknown: "Not verified: there are no keys of this person that hold.",
      hash: "Not verified: the server gave it under another name.",
      other: "Not verified: it does not fit the keys and addresses that it names.",
    },
    /** Why a delivery failed, and what to do; `other` for those that need no sentence of their own. */
    undelivered: {
      no_such_user: "There is nobody of this name any more. Ask them for their address.",
      not_ready: "This address has not been set up yet. Send it again when its owner has.",
      suspended: "This address takes no messages at the moment. Ask its owner in another way.",
      too_many_waiting:
        "Five messages wait for this person's answer already. Send it again when there is one.",
      work_expired: "It came too late for the work that was done for it. Send it again.",
      work_refused:
        "The other server does not accept the work that was done for it. Send it again.",
      work_spent: "The work for it was used already. Send it again.",
      new_challenge: "The other server asks for new work. Send it again.",
      stale_key: "They had changed their keys meanwhile. Send it again, sealed to the new ones.",
      stale_sender_key:
        "You had changed your keys meanwhile. Send it again, signed with the new ones.",
      expired: "The other server did not fetch it in time. Send it again.",
      pull_refused: "The other server could not fetch it from yours. Send it again.",
      misdirected: "The other server does not act for this domain any more. Send it again later.",
      message_refused:
        "The other server says that it does not hold. Whoever runs the two servers has to look.",
      request_refused:
        "The other server does not believe that it is from you. Check the clock of this device, then send it again.",
      id_conflict: "Another message is there in its place. Write it anew.",
      unknown_suite: "The other server is older than this app. Whoever runs it has to update it.",
      too_large: "It is too large for the other server. Send it in parts.",
      other:
        "The other server did not take it. Send it again; if that fails too, tell whoever runs it.",
    },
  },
  /** The way to another domain: its stations, and what can be in the way there. */
  way: {
    label: (domain: string) => `The way to ${domain}`,
    stations: { name: "Name", connection: "Connection", file: "KeyPears", server: "Server" },
    states: { past: "in order", stopped: "here it stops", ahead: "not reached" },
    /** By the fault: what is wrong, and what to do. */
    faults: {
      dns: {
        what: (domain: string) => `The name ${domain} has no address.`,
        todo: "Look at the spelling. If it is right, whoever runs the domain has to look.",
      },
      address: {
        what: (domain: string) => `The name ${domain} leads to no address that is public.`,
        todo: "Whoever runs the domain has to correct where its name leads.",
      },
      connect: {
        what: (domain: string) => `Nothing answers at ${domain}.`,
        todo: "Its server may be restarting. Try again in a few minutes.",
      },
      tls: {
        what: (domain: string) => `The certificate of ${domain} is not valid.`,
        todo: "Nobody can say who answers there. Whoever runs the domain has to renew it.",
      },
      timeout: {
        what: (domain: string) => `${domain} does not answer in time.`,
        todo: "It may have too much to do. Try again in a few minutes.",
      },
      no_file: {
        what: (domain: string) => `${domain} does not use KeyPears.`,
        todo: "There is no keypears.json. Look at the spelling, or ask them for their address.",
      },
      bad_file: {
        what: (domain: string) => `The keypears.json of ${domain} makes no sense.`,
        todo: "Whoever runs the domain has to correct it.",
      },
      version: {
        what: (domain: string) => `${domain} and your server speak different versions.`,
        todo: "One of the two has to be updated.",
      },
      not_served: {
        what: (domain: string) => `The server that ${domain} names does not act for it.`,
        todo: "Whoever runs the domain has to look at its keypears.json.",
      },
      bad_answer: {
        what: (domain: string) => `What the server of ${domain} answers makes no sense.`,
        todo: "One of the two servers may have to be updated. Try again later.",
      },
      server_error: {
        what: (domain: string) => `The server of ${domain} has a fault.`,
        todo: "Try again in a few minutes. If it stays so, whoever runs it has to look.",
      },
      busy: {
        what: (domain: string) => `${domain} is busy.`,
        todo: "Try again in a minute.",
      },
      asking_back: {
        what: (domain: string) => `The server of ${domain} cannot reach your own.`,
        todo: "Whoever runs your server has to look whether it is seen from outside.",
      },
      other: {
        what: (domain: string) => `${domain} cannot be reached.`,
        todo: "Try again in a few minutes.",
      },
    },
  },
  fingerprint: {
    title: "Fingerprint",
    elsewhere: (domain: string) =>
      `Your server says that this is their newest key record. Compare it with the page of ${domain}, which does not come from your server.`,
    open: (address: string) => `Open the page of ${address}`,
    newTab: "opens in a new tab",
  },
  conversation: {
    list: (peer: string) => `Messages with ${peer}`,
    composer: (peer: string) => `Message to ${peer}`,
    placeholder: "Write a message",
    send: "Send",
    emptyTitle: "Say hello",
    empty: (peer: string) => `Nobody but you and ${peer} will be able to read what you write here.`,
    failedTitle: "This conversation could not be read",
    older: "Earlier messages are being read",
    latest: "To the latest message",
    verified: "Verified",
    info: "About this conversation",
    menu: "More",
    block: "Block",
    unblock: "Unblock",
    blocked: (peer: string) => `You have blocked ${peer}. Nothing that they send reaches you.`,
    firstContact: (peer: string, seconds: number | null) =>
      seconds === null
        ? `${peer} does not know you yet: a first message takes your device some work.`
        : `${peer} does not know you yet: a first message takes your device ${roughly(seconds)} of work.`,
    brief: briefly,
    ahead: "The work for your next message",
    aheadValue: (parts: number, seconds: number | null) =>
      parts === 16
        ? "done"
        : seconds === null
          ? `${parts} of 16`
          : `${parts} of 16, still ${roughly(seconds)}`,
    noRequestTitle: "Nothing is waiting here",
    noRequest: (peer: string) =>
      `${peer} has sent you nothing that waits for your answer, or you have deleted it.`,
    noRequestWrite: "Write to them",
    request: (peer: string) =>
      `You have never written to ${peer}. They do not see whether you have read this.`,
    accept: "Accept",
    decline: "Delete",
    declineTitle: "Delete this request?",
    declineText: (peer: string) =>
      `What ${peer} wrote is deleted. They are not told, and may write again.`,
    declined: "The request is deleted.",
    blockTitle: (peer: string) => `Block ${peer}?`,
    blockText:
      "Nothing that they send reaches you from now on, and they are not told. You can take it back at any time; what they send meanwhile stays lost.",
    didBlock: (peer: string) => `${peer} is blocked.`,
    cancel: "Cancel",
    keysTitle: (peer: string) => `The keys of ${peer} were reset`,
    keysReset: (peer: string) =>
      `${peer} has new keys that do not carry on from the ones you knew. That happens when somebody loses their password, and also when somebody else takes the address over. Ask them in another way whether it was them. Until you have decided, nothing is sent.`,
    keysFork: (peer: string) =>
      `The keys of ${peer} are not those that were known. Nothing is sent. Compare your safety numbers in another way: if they are the same, mark them as verified.`,
    keysShorter: (peer: string) =>
      `Keys of ${peer} that were known are missing on the server at the moment. Nothing is sent until they are back; that may take a few minutes.`,
    keysRevoked: (peer: string) => `${peer} has no keys at present, so nothing can be sent.`,
    acknowledge: "It was them",
    rotated: (peer: string, when: string) =>
      `${peer} changed keys on ${when}. The new ones carry on from those before.`,
    reset: (peer: string, when: string) => `The keys of ${peer} were reset on ${when}.`,
    failedMessage: (peer: string) => `Your message to ${peer} was not delivered.`,
    newMessage: (peer: string, text: string) => `${peer}: ${text}`,
    price: "Price",
    priceNow: (seconds: number | null, hashes: number) =>
      seconds === null
        ? `The next message takes ${numbers.format(hashes)} hashes.`
        : `The next message takes this device ${roughly(seconds)} of work: ${numbers.format(hashes)} hashes.`,
    safety: "Safety number",
    safetyHelp: (peer: string) =>
      `Compare these digits with ${peer} in another way, or scan the code. If they are the same, nobody stands between you.`,
    safetyCode: "The safety number as a QR code",
    markVerified: "They are the same",
    unmarkVerified: "No longer verified",
    noKeys: "The keys have not been looked up yet.",
    close: "Close",
  },
  write: {
    title: "Write to somebody",
    address: "Their address",
    placeholder: "bob@acme.com",
    help: "An address at this server, or at any other domain that uses KeyPears.",
    helpLocal: (domain: string) => `An address at ${domain}: a local server reaches no other.`,
    form: "That is no address yet. It looks like bob@acme.com.",
    own: "That is your own address.",
    looking: "Looking them up …",
    found: "Found",
    since: (when: string) => `Keys since ${when}`,
    known: "You write with each other already.",
    stranger: (seconds: number | null) =>
      seconds === null
        ? "You are new to them: a first message takes your device some work."
        : `You are new to them: a first message takes your device ${roughly(seconds)} of work.`,
    go: "Write",
    contacts: "People you write with",
    elsewhere: (domain: string) => `At another domain, ${domain}`,
    unreachableTitle: (domain: string) => `${domain} cannot be reached`,
    localTitle: "This server is a local one",
    failedTitle: "That could not be looked up",
    noneTitle: "Nobody answers to this address",
    /** By the code of why a look-up failed; `other` for those that need no sentence of their own. */
    failures: {
      no_such_user: "Its domain answers, but has nobody of this name. Look at the spelling.",
      not_ready: "The address exists, but its owner has not set it up yet. Try again later.",
      federation_unavailable:
        "It is there for one machine, as for trying things out, and reaches no other domain. From here one can write to its own addresses only.",
      unreachable: "Your server does not answer. Check your connection, then try again.",
      rate_limited: "Too many look-ups in a short time. Wait a minute, then try again.",
      keys_refused: "The keys that its domain publishes do not hold. Whoever runs it has to look.",
      same_address: "That is your own address.",
      other: "Its domain could not be asked. Try again in a moment.",
    },
  },
  settings: {
    title: "Settings",
    account: "Account",
    address: "Your address",
    card: "Card",
    copy: "Copy",
    copied: "Copied.",
    logOut: "Log out",
    logOutHelp: "Your keys are removed from this device. Your password brings them back.",
    appearance: "Appearance",
    theme: "Theme",
    themes: { system: "As the system", light: "Light", dark: "Dark" },
    prices: "Prices",
    pricesHelp:
      "What somebody's device has to spend to write to you. It costs people a moment, and those who write to millions a fortune.",
    firstContact: "A stranger's message",
    message: "A message in a conversation",
    priceValue: roughly,
    priceHelp: (here: number | null, phone: number, hashes: number) =>
      here === null
        ? `That is ${roughly(phone)} on an older phone: ${numbers.format(hashes)} hashes. How long it is on this device is not known yet: measure it.`
        : `That is ${roughly(here)} on this device, ${roughly(phone)} on an older phone: ${numbers.format(hashes)} hashes.`,
    work: "Work on this device",
    workBack: "Settings",
    workLook: "Look closer",
    workHelp:
      "Signing up, logging in and writing take some work: it keeps spam away. Your device does it on the side, ahead of need where it can.",
    speed: "Speed",
    speedUnknown: "Not measured yet",
    speedValue: (hashes: number) => `${numbers.format(hashes)} hashes a second`,
    path: "Works with",
    pathGpu: "The graphics processor",
    pathCpu: (threads: number) => `The processor, ${counted(threads, "thread", "threads")}`,
    pathHelp:
      "One core stays free for everything else. On battery, on small devices and in the background it is fewer.",
    measure: "Measure",
    measureAgain: "Measure again",
    measuring: "Measuring …",
    stop: "Stop",
    times: "What that means",
    timesOf: {
      message: "A message in a conversation, or a log-in",
      firstContact: "A message to somebody new, or a new account",
    },
    timesHelp: (message: number, firstContact: number) =>
      `On average, at the usual prices of ${numbers.format(message)} and ${numbers.format(firstContact)} hashes. Each server, and everybody who is written to, may ask for more or less.`,
    timePhone: (seconds: number) => `${roughly(seconds)} on an older phone`,
    patience: "Ask me above",
    patienceHelp: (hashes: number | null) =>
      hashes === null
        ? "What takes longer is not begun before you say so."
        : `What takes longer is not begun before you say so. On this device that is ${numbers.format(hashes)} hashes.`,
    roughly,
    saved: "Saved.",
    sessions: "Sessions",
    sessionsHelp:
      "Where you are logged in. Ending a session logs that device out; keys that it has it keeps.",
    current: "This one",
    session: (lastUsed: string, since: string) => `Used ${lastUsed}, since ${since}`,
    unknownDevice: "Unknown device",
    end: "End",
    endLabel: (device: string) => `End the session on ${device}`,
    ended: "The session is ended.",
    endOthers: "End all others",
    endOthersTitle: "End all other sessions?",
    endOthersText: "You stay logged in here and nowhere else.",
    endedOthers: (count: number) => `${counted(count, "session is", "sessions are")} ended.`,
    blocks: "Blocked",
    blocksHelp: "What they send is dropped, and they are not told.",
    blocksEmpty: "You have blocked nobody.",
    blockedSince: (when: string) => `Since ${when}`,
    unblock: "Unblock",
    unblockLabel: (target: string) => `Unblock ${target}`,
    unblocked: (target: string) => `${target} is no longer blocked.`,
    failedTitle: "This could not be read",
  },
};
