-- Lets Prosody answer as HipChat's XMPP servers did. On a host: everybody is in everybody's roster with a mention_name,
-- and vCards hold the full name (FN) and the mention name (NICKNAME). On a conference component: the list of rooms has
-- HipChat's own element. Settings, both global: hipchat_people = { ["1_2"] = { name = "…", mention_name = "…" } } and
-- hipchat_rooms = { ["1_ops"] = { id = "…", name = "…", topic = "…", privacy = "public", owner = "…" } }.
local stanza = require "util.stanza";
local split = require "util.jid".split;

local people = module:get_option("hipchat_people", {});
local rooms = module:get_option("hipchat_rooms", {});
local BEFORE_OTHERS = 100;

local function answer(name, build)
	module:hook(name, function (event)
		if event.stanza.attr.type ~= "get" then return; end
		local reply = build(stanza.reply(event.stanza), event);
		if not reply then return; end
		event.origin.send(reply);
		return true;
	end, BEFORE_OTHERS);
end

if module:get_host_type() == "component" then
	answer("iq/host/http://jabber.org/protocol/disco#items:query", function (reply)
		reply:query("http://jabber.org/protocol/disco#items");
		for node, room in pairs(rooms) do
			reply:tag("item", { jid = node.."@"..module.host, name = room.name })
				:tag("x", { xmlns = "http://hipchat.com/protocol/muc#room" });
			for _, key in ipairs { "id", "topic", "privacy", "owner" } do
				if room[key] then reply:text_tag(key, room[key]); end
			end
			if room.is_archived then reply:tag("is_archived"):up(); end
			reply:up():up();
		end
		return reply;
	end);
	return;
end

answer("iq/self/jabber:iq:roster:query", function (reply, event)
	event.origin.interested = true;
	reply:query("jabber:iq:roster");
	for node, person in pairs(people) do
		reply:tag("item", {
			jid = node.."@"..module.host, name = person.name, mention_name = person.mention_name, subscription = "both"
		}):up();
	end
	return reply;
end);

local function vcard(reply, event)
	local person = people[split(event.stanza.attr.to) or event.origin.username];
	return person and reply:tag("vCard", { xmlns = "vcard-temp" })
		:text_tag("FN", person.name):text_tag("NICKNAME", person.mention_name);
end
answer("iq/self/vcard-temp:vCard", vcard);
answer("iq/bare/vcard-temp:vCard", vcard);
