"""Who a user is (`aaa new-model`): lists of methods, one method a file, all of it off the control loop.

Says yes, no or that nobody answered; what follows from that is not decided here."""
