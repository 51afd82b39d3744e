# What is installed: the program, the shared library with the public headers, and what find_package(carbontracker) needs.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# --- The library: C++ programs link it as carbontracker::carbontracker. It shows the symbols of the public headers alone,
# and the target asks for no third-party package. The C++ runtime stays shared: objects of its types cross the border.
if(EXISTS ${CMAKE_SOURCE_DIR}/src/tracker/api.cpp)
  add_library(carbontracker_shared SHARED ${CMAKE_SOURCE_DIR}/src/tracker/api.cpp)
  set(exports ${CMAKE_SOURCE_DIR}/cmake/exports.map)
  target_link_libraries(carbontracker_shared PRIVATE ct_tracker)
  target_link_options(carbontracker_shared PRIVATE -Wl,--version-script=${exports} -Wl,--exclude-libs,ALL -Wl,--as-needed)
  set_target_properties(carbontracker_shared PROPERTIES
    OUTPUT_NAME carbontracker VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINK_DEPENDS ${exports}
    CXX_VISIBILITY_PRESET default)  # what api.cpp defines is what is public; all else stays hidden
  set(scope PUBLIC)
else()
  add_library(carbontracker_shared INTERFACE)  # headers alone until there is something to call
  set(scope INTERFACE)
endif()
target_include_directories(carbontracker_shared ${scope}
  $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(carbontracker_shared ${scope} cxx_std_20)
set_target_properties(carbontracker_shared PROPERTIES EXPORT_NAME carbontracker)
add_library(carbontracker::carbontracker ALIAS carbontracker_shared)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/carbontracker)
install(TARGETS carbontracker_shared EXPORT carbontracker)
install(EXPORT carbontracker NAMESPACE carbontracker:: DESTINATION ${package_dir} FILE carbontrackerTargets.cmake)
configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/carbontrackerConfig.cmake.in
  ${CMAKE_BINARY_DIR}/carbontrackerConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/carbontrackerConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_BINARY_DIR}/carbontrackerConfig.cmake ${CMAKE_BINARY_DIR}/carbontrackerConfigVersion.cmake
  DESTINATION ${package_dir})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/carbontracker DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

if(NOT EXISTS ${CMAKE_SOURCE_DIR}/src/cli/main.cpp)
  return()
endif()

# --- The program: build/<preset>/carbontracker. The C++ runtime is linked in, so that it starts sooner and runs on older systems.
add_executable(carbontracker ${CMAKE_SOURCE_DIR}/src/cli/main.cpp)
target_link_libraries(carbontracker PRIVATE ct_cli)
set_target_properties(carbontracker PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
target_link_options(carbontracker PRIVATE -Wl,--gc-sections -Wl,-O1 -Wl,--as-needed)
if(NOT CARBONTRACKER_SANITIZE)
  target_link_options(carbontracker PRIVATE -static-libstdc++ -static-libgcc)
endif()
install(TARGETS carbontracker)

# --- Its manual and completions are written by the program itself, from the options it has.
if(NOT CARBONTRACKER_SANITIZE AND NOT CMAKE_CROSSCOMPILING AND EXISTS ${CMAKE_SOURCE_DIR}/src/cli/manual.cpp)
  set(share ${CMAKE_BINARY_DIR}/share)
  set(generated ${share}/carbontracker.1 ${share}/carbontracker.bash ${share}/_carbontracker ${share}/carbontracker.fish)
  add_custom_command(OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${share}
    COMMAND carbontracker man > ${share}/carbontracker.1
    COMMAND carbontracker completions bash > ${share}/carbontracker.bash
    COMMAND carbontracker completions zsh > ${share}/_carbontracker
    COMMAND carbontracker completions fish > ${share}/carbontracker.fish
    DEPENDS carbontracker
    COMMENT "Manual and completions")
  add_custom_target(manual ALL DEPENDS ${generated})
  install(FILES ${share}/carbontracker.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${share}/carbontracker.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME carbontracker)
  install(FILES ${share}/_carbontracker DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${share}/carbontracker.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()
