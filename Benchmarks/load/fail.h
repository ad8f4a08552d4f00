// Ends the program with one line on standard error.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <string>

[[noreturn]] inline void fail(const std::string& why) {
  std::fprintf(stderr, "fan-out: %s\n", why.c_str());
  std::exit(1);
}
