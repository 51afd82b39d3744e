# Embeds data/*.csv as text: src/data/tables.h gives access, tools/embed_tables.py writes the source.
file(GLOB tables CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/data/*.csv)
add_custom_command(
  OUTPUT ${CMAKE_BINARY_DIR}/generated/embedded_tables.cpp
  COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/embed_tables.py ${CMAKE_BINARY_DIR}/generated/embedded_tables.cpp ${tables}
  DEPENDS ${CMAKE_SOURCE_DIR}/tools/embed_tables.py ${tables}
  VERBATIM)
