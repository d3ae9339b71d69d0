/* SPDX-License-Identifier: Apache-2.0
 * Copyright the cryptonets authors */

/** Published figures. Each says where it comes from and how it was read: in the source itself, or as others report it. What was
 *  not checked against the text of a paper is called that, here and in the report. */

#include "bench/published.h"

#define ICML "Gilad-Bachrach, Dowlin, Laine, Lauter, Naehrig, Wernsing, CryptoNets, ICML 2016"
#define REPORT "the technical report of CryptoNets, 2016"
#define SEAL_RUN "README of the repository microsoft/CryptoNets: the same network under BFV with SEAL 3.2"
#define NGRAPH "Boemer, Costache, Cammarota, Wierzynski, nGraph-HE2, arXiv 1908.04172: CKKS, all cores of a server"
#define HEAAN "measurements of CryptoLab HEaaN2 in fhe-benchmarking ml-inference: 484-128-10, one square, 97.96 %"
#define ABSTRACT "read in the abstract"
#define REPOSITORY "read in the repository"
#define AS_REPORTED "as reported elsewhere; not verified against the paper's text"

/* One Xeon E5-1620 PC, batches of 4,096. */
#define PER_4096(seconds) (1e6 * (seconds) / 4096)
#define PER_8192(seconds) (1e6 * (seconds) / 8192)
#define US "us/image"

static const cn_figure figures[CN_PUB_COUNT] = {
    [CN_PUB_ACCURACY] = {"accuracy on MNIST", 98.95, "%", "105 of 10,000 wrong; the abstract says 99 %", ICML, AS_REPORTED},
    [CN_PUB_RATE] = {"throughput", 59000.0 / 3600, "images/s", "around 59,000 predictions per hour / 3,600", ICML, ABSTRACT},
    [CN_PUB_RATE_REPORT] = {"throughput", 51000.0 / 3600, "images/s", "more than 51,000 predictions per hour / 3,600", REPORT,
                            ABSTRACT},
    [CN_PUB_RATE_SEAL] = {"throughput", 8192 / 25.58, "images/s", "8,192 images / 25.58 s", SEAL_RUN, REPOSITORY},
    [CN_PUB_RATE_NGRAPH] = {"throughput, CryptoNets network", 1998, "images/s", "1,998 images/s", NGRAPH, ABSTRACT},
    [CN_PUB_RATE_HEAAN_CPU] = {"throughput, CPU", 10000 / 0.700, "images/s", "10,000 images / 0.700 s; number of cores not published",
                               HEAAN, REPOSITORY},
    [CN_PUB_RATE_HEAAN_GPU] = {"throughput, GPU (RTX 5090)", 10000 / 0.00232, "images/s", "10,000 images / 2.32 ms", HEAAN,
                               REPOSITORY},
    [CN_PUB_CONV] = {"convolution", PER_4096(30), US, "30 s / 4,096 images", ICML, AS_REPORTED},
    [CN_PUB_SQUARE_1] = {"first square", PER_4096(81), US, "81 s / 4,096 images; key switches are not told apart", ICML,
                         AS_REPORTED},
    [CN_PUB_DENSE_1] = {"pool and dense", PER_4096(127), US, "127 s / 4,096 images", ICML, AS_REPORTED},
    [CN_PUB_SQUARE_2] = {"second square", PER_4096(10), US, "10 s / 4,096 images; key switches are not told apart", ICML,
                         AS_REPORTED},
    [CN_PUB_DENSE_2] = {"last dense", PER_4096(1.6), US, "1.6 s / 4,096 images", ICML, AS_REPORTED},
    [CN_PUB_EVALUATE] = {"evaluate", PER_4096(250), US, "250 s / 4,096 images", ICML, AS_REPORTED},
    [CN_PUB_ENCRYPT] = {"encode and encrypt", PER_4096(122), US, "122 s / 4,096 images", ICML, AS_REPORTED},
    [CN_PUB_DECRYPT] = {"decrypt", PER_4096(5), US, "5 s / 4,096 images", ICML, AS_REPORTED},
    [CN_PUB_EVALUATE_SEAL] = {"evaluate", PER_8192(25.58), US, "25.58 s / 8,192 images", SEAL_RUN, REPOSITORY},
    [CN_PUB_ENCRYPT_SEAL] = {"encrypt", PER_8192(2.27), US, "2.27 s / 8,192 images", SEAL_RUN, REPOSITORY},
    [CN_PUB_UPLOAD] = {"upload", 367.5e6 / 4096, "bytes/image", "367.5 MB / 4,096 images", ICML, AS_REPORTED},
    [CN_PUB_DOWNLOAD] = {"download", 4.7e6 / 4096, "bytes/image", "4.7 MB / 4,096 images", ICML, AS_REPORTED},
};

const cn_figure *cn_published(cn_figure_id id) { return &figures[id]; }
