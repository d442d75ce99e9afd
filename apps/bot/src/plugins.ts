// The link file: what is imported here is what the bot can do. Copy it, as micro.link.ts, to make a bot of your own.
// Streams run in the order they stand here; a registry that nobody named is the first that finds itself usable.
import "@micro-bot/input-console";
import "@micro-bot/input-email";
import "@micro-bot/input-hipchat";
import "@micro-bot/input-irc";
import "@micro-bot/input-slack";
import "@micro-bot/input-xmpp";

import "@micro-bot/stream-audit";
import "@micro-bot/stream-access";
import "@micro-bot/stream-services";
import "@micro-bot/stream-server";
import "@micro-bot/stream-relay";

import "@micro-bot/command-basics";
import "@micro-bot/command-micro";
import "@micro-bot/command-memory";
import "@micro-bot/command-schedule";

import "@micro-bot/registry-consul";
import "@micro-bot/registry-local";

import "@micro-bot/store-sqlite";
import "@micro-bot/store-postgres";
