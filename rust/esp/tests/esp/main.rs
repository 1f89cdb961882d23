//! ESP against published vectors, hostile packets and the exactness of its limits.

mod database;
mod dynamic;
mod fixture;
mod fragments;
mod hostile;
mod inbound;
mod limits;
mod replay;
mod rsp;
mod spd;
mod vectors;
