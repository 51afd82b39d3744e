#pragma once
// What a provider's requests are made ready with: time limit, certificates, and the token that some exchange a key for.

#include <string>

#include "base/host.h"
#include "carbon/provider.h"

namespace carbontracker {

struct Account {
  const Provider* provider = nullptr;
  std::string base, key;
};

// CARBONTRACKER_LIVE_LIMIT, the authorities of CURL_CA_BUNDLE or SSL_CERT_FILE, and `secret` struck out of what comes back.
[[nodiscard]] HttpRequest prepared(HttpRequest request, const std::string& secret, const Host& host);

// The key itself, or the token that it is exchanged for: kept in this process's memory for 25 of its 30 minutes and nowhere else. May ask the provider.
// Errc::permission: the account is not accepted. Any thread.
[[nodiscard]] Result<std::string> token_of(const Account& account, const Host& host);
// After the provider refused a token: the next token_of() logs in. False: there was none that had been used before.
bool forget_token(const Account& account);

}  // namespace carbontracker
