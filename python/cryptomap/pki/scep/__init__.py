"""The Simple Certificate Enrolment Protocol (RFC 8894), as IOS speaks it to a certification authority.

Messages come and go as octets: nothing here knows HTTP or a file."""
