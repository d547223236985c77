#ifndef BASENJI_HPP
#define BASENJI_HPP

// libbasenji for C++17: client, server and parser.
//
// - Nothing here throws, and nothing needs exceptions or type information: what can fail returns a `status` or a `result`.
// - A handle owns what it holds, can be moved and not be copied. One that is empty, because it was moved from or never made, is harmless: calls
//   return BJ_NULL_CLIENT and the like.
// - Texts are `std::string_view`, or whatever becomes one; they need no NUL at their end, and are read until the call returns.
// - All else is as `basenji.h` and ffi/README.md say, threads and forks too.

#include "basenji/client.hpp"
#include "basenji/message.hpp"
#include "basenji/server.hpp"
#include "basenji/types.hpp"

#endif
