#include "net/http.h"

#include <gtest/gtest.h>

namespace carbontracker {
namespace {

TEST(Http, EncodesWhatAQueryMayNotHold) {
  EXPECT_EQ(url_encoded("DK-DK1.x_~"), "DK-DK1.x_~");
  EXPECT_EQ(url_encoded("{\"a\":[1]}&b=c d"), "%7B%22a%22%3A%5B1%5D%7D%26b%3Dc%20d");
  EXPECT_EQ(url_encoded("\xC3\xA6"), "%C3%A6");
}

TEST(Http, OnlyHttpIsSpoken) {
  for (const char* url : {"file:///etc/passwd", "gopher://127.0.0.1/", "nonsense"}) {
    const auto answer = http_get({.url = url, .shown = "it", .headers = {}, .user_password = {}});
    ASSERT_FALSE(answer) << url;
    EXPECT_EQ(answer.error().code, Errc::unavailable);
  }
}

TEST(Http, AnErrorNamesWhatIsShownAndNotTheUrl) {
  const auto answer = http_get({.url = "http://127.0.0.1:9/?key=secret", .shown = "the service", .headers = {}, .user_password = {}});
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().what.find("the service"), std::string::npos);
  EXPECT_EQ(answer.error().what.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace carbontracker
