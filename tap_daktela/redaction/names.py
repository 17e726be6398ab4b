"""Names of secrets."""

import re

SECRET_NAME = re.compile(
    r"(?i:passw|passphrase|passcode|passkey|pass_?hash|pwd|secret|token|credential|authori[sz]ation|bearer|jwt|cookie"
    r"|(?:api|private|access|ssh)[_-]?key)"
    # These count where they end a name: `userpass` and `c_user` (Daktela's cookie, a token), but not `compass`.
    r"|(?i:(?:user|my|db|sip|smtp|imap|mail|ftp)pass|\bc_user)$"
    # Short words count where they are the last word of a name: sip_pin, sip-pin and sipPin, but not shippin.
    r"|(?:^|[\W_]|(?<=[a-z0-9])(?=[A-Z]))(?i:pass|pin|auth|otp)$"
)
"""What names of secrets hold, in open objects and in texts. Values with such names are neither written nor shown."""
