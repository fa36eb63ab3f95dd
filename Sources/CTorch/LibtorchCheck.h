// Included before the first line of every C++ file (Package.swift), so that what to do is said before a header is missed.
#if !__has_include(<torch/version.h>)
#error SplitMask finds no libtorch. Run "scripts/setup.sh --shared" in SplitMask's folder (a checkout: .build/checkouts/SplitMask), or set LIBTORCH to a folder with the include/ and lib/ of libtorch 2.9 or newer.
#endif
