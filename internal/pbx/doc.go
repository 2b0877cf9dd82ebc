// Package pbx is the simulated PBX: an XMPP server on a TCP socket (or a component
// of a real XMPP server) that implements pascom's command API, with telephones,
// calls and faults that a test or a script controls. It shares no code with the
// rest of offhook, so that a wrong reading of the protocol is not tested against
// itself. Begin reading at [Start].
//
// # Starting
//
//	srv, err := pbx.Start(pbx.DefaultOffice())   // 127.0.0.1, free port
//	defer srv.Close()
//	call, err := srv.Inbound("00497115550199", "Vogt Ltd", "41")
//	err = srv.Answer("41")
//	err = call.HangupFar()
//
// A client connects to Addr, trusts CertPEM, names Config.Domain in its stream
// header, does STARTTLS, SASL (SCRAM-SHA-256, SCRAM-SHA-1, PLAIN as offered),
// binds, and sends xmppuser.ClientInfo. AttachComponent runs the same PBX behind
// a real Prosody instead; ProsodyModule is the module that Prosody needs.
//
// Every method that acts names a user by extension or login, takes effect before
// it returns, and queues its events to the sessions in that order.
//
// # Scripts
//
// A script is a text of lines; # begins a comment. Words with blanks are put into
// quotation marks (\" and \\ inside). ParseScript reads a script, Script.Config
// returns the office of its setup lines, Script.Run runs its other lines. RunScript
// parses and runs a script on a running server. Errors name the line.
//
// Setup lines:
//
//	office default | empty          start from DefaultOffice (default: empty if a user line exists)
//	office generated 500            DefaultOffice, and user0007 (extension 2007) to user0500
//	domain NAME · listen HOST:PORT · host NAME-OR-IP · mechanisms SCRAM-SHA-1,PLAIN
//	dial-mode remote|own-leg · own-shows own|dialled|empty · country 49 · ring-timeout 30s
//	answer-delay 2s · dial-delay 100ms · own-answer-delay 1s · ping-every 60s
//	wire KEY=VALUE …                username=element|attribute|none prefix=PJSIP
//	                                device=off far-ringing=on ref-channel=on from-party=on
//	user LOGIN ext=41 name="Ida Lund" secret=FILE device="Yealink 0015650a31 [Reception]"
//	     caps=dial,hangup,hold      a second device= starts a second phone; peer=, type=, caps=,
//	                                roaming=yes belong to the device before them; roles=supervisor,
//	                                bare-role=NAME, disabled=yes, call-waiting=yes, registered=no
//	queue q_7 ext=60 name="Support" members=ilund,kpark
//	pickup-group NAME LOGIN,LOGIN
//
// Action lines, each with an optional `at 1.5s` before it (time since the start of
// the run, divided by the speed):
//
//	inbound NUMBER ["NAME"] -> EXT        internal EXT -> EXT      dial EXT TARGET
//	answer EXT [on "DEVICE"]              decline EXT              hangup EXT
//	hold EXT · unhold EXT                 blind EXT TARGET         redirect EXT TARGET
//	attended EXT · conference EXT         pickup EXT RINGING-EXT
//	far-answer EXT · far-decline EXT · far-busy EXT · far-hangup EXT · far-rename EXT NUMBER ["NAME"]
//	far NUMBER|* answers|declines|busy|silent [DELAY]      (the delay is divided by the speed too)
//	phone EXT off|free|dnd|auto
//	drop-link · freeze · thaw · delay-replies DELAY · lose-replies N · end-streams [CONDITION]
//	refuse-logins on|off · refuse-connections on|off · stall none|header|tls|sasl|bind
//	fail-next COMMAND ["MESSAGE"] · error-next COMMAND CONDITION
//	raw LOGIN STANZA                      flood LOGIN COUNT
//	load COUNT                            all answer|decline|hangup|hold|unhold|far-hangup
//	sleep DELAY · say TEXT
//	wait command NAME [TIMEOUT] · wait login LOGIN [TIMEOUT]
//
// # Control
//
// Server.ServeControl reads the same action lines from programs, over TCP on a
// loopback address, and responds to each.
//
// # Variants
//
// Where the protocol is not published, Config chooses a variant, and the default
// follows the published samples: see Wire and DialMode. Content is deterministic:
// channel names, ids of call records and user ids come from counters; times come
// from Config.Now. All methods are safe for concurrent use.
package pbx
