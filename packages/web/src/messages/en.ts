/**
 * Every sentence of the app, in English. A value with something in it is a function. Another language is a file like this one that
 * the compiler holds against it.
 */

const numbers = new Intl.NumberFormat("en");
const plurals = new Intl.PluralRules("en");

/** "1 message", "3 messages". */
function counted(value: number, one: string, other: string): string {
  return `${numbers.format(value)} ${plurals.select(value) === "one" ? one : other}`;
}

/** "about 4 seconds", "about 2 minutes". */
function roughly(seconds: number): string {
  if (seconds < 1) return "less than a second";
  if (seconds < 90) return `about ${counted(Math.round(seconds), "second", "seconds")}`;
  if (seconds < 5400) return `about ${counted(Math.round(seconds / 60), "minute", "minutes")}`;
  return `about ${counted(Math.round(seconds / 3600), "hour", "hours")}`;
}

export const en = {
  language: "en",
  app: {
    name: "KeyPears",
    skip: "Skip to the content",
    close: "Close",
    notifications: "Notices",
    loading: "Loading",
    retry: "Try again",
    back: "Back",
  },
  navigation: {
    label: "Main",
    messages: "Messages",
    settings: "Settings",
  },
  ring: {
    value: (done: number) => `${done} of 16`,
  },
  password: {
    reveal: "Show password",
    hide: "Hide password",
  },
  frontDoor: {
    title: "Messages that only the two of you can read.",
    lead: "Choose an address and write to anybody at theirs, on this server or another. No phone number, no captcha.",
    address: "Your address",
    placeholder: "alice",
    start: "Create your account",
    logIn: "Log in",
    how: "How it works",
    keysTitle: "Keys of your own",
    keys: "Your key pair is made on your device. Your password never leaves it, and the server keeps your keys only as copies that your password locks.",
    sealedTitle: "Sealed before it leaves",
    sealed:
      "Each message is encrypted and signed on your device. Servers carry and keep a box that they cannot open.",
    workTitle: "Work instead of spam",
    work: "To reach a stranger, a device has to compute for a moment. You hardly notice; somebody who writes to millions does.",
    protectsTitle: "What it protects",
    protects: [
      "What you write. A stolen database, or a curious operator, holds nothing but ciphertext as long as your password withstands guessing.",
      "Who wrote it. Every message is signed. What cannot be verified is shown as such, never as genuine.",
      "Your history. Log in on any device, and all of it opens there.",
    ],
    protectsNotTitle: "What it does not",
    protectsNot: [
      "Who writes to whom, when, and roughly how much. Servers see that.",
      "You from the server that gives you this page. Whoever changes its code can read along; the command line does not depend on it.",
      "A forgotten password. Nobody can reset it, and we could not if we wanted to.",
      "Old messages from a stolen key. One key opens the mail of its time.",
    ],
    preview: "A conversation, as you will see it",
    previewThem: "bob@acme.com",
    previewMessages: {
      theirs: "Did the lease come through?",
      mine: "It did! The door code is 4417.",
      theirs2: "Wonderful. And nobody in between can read that?",
      mine2: "Only you and me.",
    },
    status: (domain: string) => `This server gives addresses at ${domain}.`,
  },
  availability: {
    missing: "Choose a name for your address.",
    help: "Letters, digits, dots and hyphens.",
    checking: "Looking whether it is free …",
    available: "It is free.",
    taken: "Somebody has it already. Try another name.",
    form: "Begin with a letter or digit, then letters, digits, dots, hyphens and underscores.",
    reserved: "This name is kept for the server itself. Try another.",
    closed: "This server takes no new accounts at the moment.",
    unreachable: "The server does not answer. You can go on, and we will ask again.",
  },
  work: {
    label: "Proof of work",
    mining: "Your device is doing the work that keeps spam away.",
    deriving: "Your keys are being derived from your password.",
    asking: "The server is being asked.",
    sending: "The server is taking it in.",
    done: "The work is done.",
  },
  signUp: {
    title: "Create your account",
    lead: "An address and a passphrase are all it takes.",
    passphrase: "Your passphrase",
    passphraseHelp:
      "Six words drawn by chance. Write them down, or let your password manager keep them.",
    copy: "Copy",
    copied: "Copied",
    another: "Other words",
    chooseOwn: "Choose my own",
    offer: "Offer me one",
    password: "Your password",
    passwordHelp: "At least 12 characters. Several words are easier to remember than signs.",
    repeat: "Once more",
    same: "Both are the same.",
    differs: "The two are not the same.",
    strength: "Strength",
    strengths: ["Very weak", "Weak", "Too weak", "Good", "Strong"],
    faults: {
      empty: "Choose a password.",
      surrogate: "This text is broken. Type it instead of pasting it.",
      unassigned: "It has a character that not every device knows. Leave that one out.",
      too_long: "It is too long: 1 024 bytes are the most.",
      too_short: "It is too short: 12 characters are the least.",
      too_weak: "It is too easy to guess. Add a word or two that nobody expects.",
    },
    kept: "I have kept it where I will find it again",
    keptMissing: "Keep it first: without it nobody can open your messages.",
    noReset: "Nobody can reset it: your keys are locked with it on your device.",
    idle: "The work that keeps spam away begins as soon as your address is settled.",
    submit: "Create account",
    busy: "Creating your account …",
    haveAccount: "You have an account?",
    logIn: "Log in",
  },
  logIn: {
    title: "Welcome back",
    address: "Address",
    placeholder: (domain: string) => `alice@${domain}`,
    addressMissing: "Type your address, such as alice@acme.com.",
    password: "Password",
    passwordMissing: "Type your password.",
    submit: "Log in",
    busy: "Logging in …",
    noAccount: "No account yet?",
    signUp: "Create one",
  },
  unlock: {
    title: "Unlock your keys",
    lead: (address: string) =>
      `You are logged in as ${address}, but your keys are not on this device. Your password opens them.`,
    submit: "Unlock",
    busy: "Unlocking …",
    other: "Is that not you?",
    logOut: "Log out",
  },
  ended: "Your session was ended, here or from another device. Log in again to go on.",
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
    sending: "Being sent",
    locked: "Sealed to keys that are not open on this device.",
    erased: "This message was to be deleted by now, and is.",
    unreadable: "This message cannot be opened.",
    unknown: "This message needs a newer version of the app.",
    missing: (count: number) =>
      `${counted(count, "message", "messages")} before this one did not reach you.`,
    different: "A message before this one reached you with another content.",
    notSent: (why: string) => `Not sent. ${why}`,
    notDelivered: (why: string) => `Not delivered. ${why}`,
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
    /** Why a delivery failed; `other` for those that need no sentence of their own. */
    undelivered: {
      no_such_user: "There is nobody of this name any more.",
      not_ready: "This address has not been set up yet.",
      too_many_waiting: "Five messages wait for this person's answer already.",
      other: "The other side did not take it.",
    },
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
    ahead: "The work for your next message",
    aheadValue: (parts: number) => (parts === 16 ? "done" : `${parts} of 16`),
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
    newMessage: (peer: string, text: string) => `${peer}: ${text}`,
    price: "Price",
    priceNow: (seconds: number | null, hashes: number) =>
      seconds === null
        ? `${numbers.format(hashes)} hashes for the next message`
        : `${roughly(seconds)} of work for the next message (${numbers.format(hashes)} hashes)`,
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
    help: "Any address at a server that speaks this protocol.",
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
    noneTitle: "Nobody answers to this address",
    /** By the code of why a look-up failed; `other` for those that need no sentence of their own. */
    failures: {
      no_such_user: "Its domain answers, but has nobody of this name. Look at the spelling.",
      not_ready: "The address exists, but its owner has not set it up yet. Try again later.",
      federation_unavailable:
        "This server does not reach other domains yet. Only its own addresses work here.",
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
    priceValue: (seconds: number | null, hashes: number) =>
      seconds === null ? `${numbers.format(hashes)} hashes` : roughly(seconds),
    priceHelp: (seconds: number | null, hashes: number) =>
      seconds === null
        ? "How long that is will be shown once this device has done some work."
        : `${roughly(seconds)} on this device, ${roughly(seconds * 10)} on an old phone: ${numbers.format(hashes)} hashes.`,
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
  /** By the code of a failure; `other` for those that need no sentence of their own. */
  failures: {
    unreachable: "The server does not answer. Check your connection, then try again.",
    wrong_credentials: "The address or the password is wrong. Look at both, then try again.",
    suspended: "This account is suspended. Ask the administrator of its domain.",
    address_taken: "Somebody was quicker: this address is taken now. Choose another.",
    address_form: "This server does not allow names of this form. Choose another.",
    address_reserved: "This name is kept for the server itself. Choose another.",
    registration_closed: "This server takes no new accounts at the moment.",
    misdirected:
      "This server does not act for the domain of this address. Log in at its own server.",
    rate_limited: "Too many tries from this network. Wait a minute, then try again.",
    busy: "The server is busy. Try again in a moment.",
    too_expensive: "This costs more work than your device does without your word.",
    no_such_user: "There is nobody of this name.",
    not_ready: "This address has not been set up yet. Try again later.",
    too_many_waiting:
      "Five of your messages wait for an answer already. More have to wait until there is one.",
    federation_unavailable: "This server does not reach other domains yet.",
    same_address: "One cannot write to oneself.",
    message_too_long: "The message is too long. Send it in parts.",
    message_text: "The message has characters that are no text. Take them out.",
    keys_reset: "The keys of this person were reset. Look at the notice above, then send it again.",
    keys_revoked: "This person has no keys at present.",
    keys_shorter: "Keys of this person are missing on the server. Try again in a few minutes.",
    keys_fork: "The keys of this person are not those that were known. Compare safety numbers.",
    keys_refused: "The keys of this person do not hold.",
    own_keys_changed:
      "The keys published for you are not those of this device. Log out and in again.",
    locked: "Your keys are not open on this device. Load the page again.",
    not_logged_in: "You are logged out. Log in again.",
    unauthenticated: "Your session has ended. Log in again.",
    wraps_refused:
      "The keys that the server keeps for you do not open. Whoever runs it has to look.",
    kdf_downgrade:
      "The server asks for a weaker protection of your password than before. That was refused.",
    unknown_kdf_suite: "This account needs a newer version of the app. Load the page again.",
    password_refused: "This cannot be a password. Choose another.",
    clock: "The clock of this device is wrong by more than five minutes. Set it, then try again.",
    bad_answer:
      "The server answered in a way that this app does not understand. Load the page again.",
    below_minimum: "The price is below what this server allows.",
    no_such_session: "This session has ended already.",
    no_such_conversation: "There is no such conversation any more.",
    unknown_suite: "This needs a newer version of the app. Load the page again.",
    other: "That did not work. Try again; if it stays so, tell whoever runs this server.",
  },
  notFound: {
    title: "There is nothing here",
    text: "The address of this page leads nowhere. Perhaps it was cut short on its way.",
    action: "Go to the start",
  },
  crashed: {
    title: "This page has stopped",
    text: "Something went wrong that we did not foresee. Nothing that you sent is lost.",
    action: "Load it again",
  },
};
