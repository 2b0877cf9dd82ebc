-- mod_offhook_pbx: makes a Prosody host the XMPP side of the simulated PBX.
--
-- pascom's clients send their commands as <iq type="get"> without `to`, which
-- a standard server handles for the user's own account, and pascom's replies
-- have no `from`. This module, loaded on the users' host, connects such clients
-- to a component that simulates the telephones:
--   * it forwards an IQ of the command namespace to the component, from the
--     user's full JID;
--   * it removes `from` from the component's reply to the user;
--   * when a session that used the commands ends, it sends the component
--     <presence type="unavailable"/> from that full JID.
--
-- Settings (on the host):
--   offhook_pbx_component = "pbx.example"   -- default: "pbx." .. host
-- The component itself needs  validate_from_addresses = false  so that it may
-- send the presence of user@host/phone.

local st = require "util.stanza";

local xmlns = "http://www.pascom.net/mobydick";
local component = module:get_option_string("offhook_pbx_component", "pbx." .. module.host);

local function forward(event)
	local origin, stanza = event.origin, event.stanza;
	if origin.type ~= "c2s" or not origin.full_jid then return; end
	local copy = st.clone(stanza);
	copy.attr.from = origin.full_jid;
	copy.attr.to = component;
	origin.offhook_pbx = true;
	module:send(copy, origin);
	return true;
end

module:hook("iq/self/" .. xmlns .. ":cmd", forward, 10);

-- Replies only: a ping of the component keeps its `from`, which the client needs for its answer.
module:hook("iq/full", function(event)
	local attr = event.stanza.attr;
	if attr.from == component and (attr.type == "result" or attr.type == "error") then
		attr.from = nil;
	end
end, 10);

module:hook("resource-unbind", function(event)
	local session = event.session;
	if session.offhook_pbx and session.full_jid then
		module:send(st.presence({ type = "unavailable", from = session.full_jid, to = component }));
	end
end);
